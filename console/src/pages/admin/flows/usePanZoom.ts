import { type PointerEvent, type RefObject, useCallback, useEffect, useRef, useState } from "react";

interface View {
  /** The middle of what is seen, and how many of its pixels stand for one of the drawing. */
  x: number;
  y: number;
  scale: number;
}

export interface PanZoom {
  /** For `viewBox`. */
  box: string;
  zoom(by: number): void;
  fit(): void;
  /** Bring a place into sight. */
  show(x: number, y: number): void;
  pointer: {
    onPointerDown(event: PointerEvent): void;
    onPointerMove(event: PointerEvent): void;
    onPointerUp(event: PointerEvent): void;
  };
}

const LEAST = 0.2;
const MOST = 3;
/** Nothing is drawn larger than it was laid out, unless somebody asks. */
const FIT_MOST = 1.15;
const MOVED_PX = 4;

/** Moving about in a drawing of `width` by `height` pixels that is larger than its frame. */
export function usePanZoom(
  frame: RefObject<HTMLElement | null>,
  width: number,
  height: number,
): PanZoom {
  const [size, setSize] = useState({ width: 800, height: 600 });
  const [view, setView] = useState<View | null>(null);
  const from = useRef<{ x: number; y: number; isMoving: boolean } | null>(null);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const watcher = new ResizeObserver(([entry]) => {
      if (entry !== undefined)
        setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [frame]);
  const fitted: View = {
    x: width / 2,
    y: height / 2,
    scale: Math.min(size.width / Math.max(width, 1), size.height / Math.max(height, 1), FIT_MOST),
  };
  const now = view ?? fitted;
  const latest = useRef(now);
  useEffect(() => {
    latest.current = now;
  });
  const zoom = useCallback((by: number) => {
    const { x, y, scale } = latest.current;
    setView({ x, y, scale: Math.min(Math.max(scale * by, LEAST), MOST) });
  }, []);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      zoom(event.deltaY < 0 ? 1.1 : 1 / 1.1);
    };
    // React listens passively: it could not keep the page from scrolling.
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [frame, zoom]);
  const seenWidth = size.width / now.scale;
  const seenHeight = size.height / now.scale;
  return {
    box: `${now.x - seenWidth / 2} ${now.y - seenHeight / 2} ${seenWidth} ${seenHeight}`,
    zoom,
    fit: () => setView(null),
    show: (x, y) => {
      const isSeen =
        Math.abs(x - now.x) < seenWidth * 0.4 && Math.abs(y - now.y) < seenHeight * 0.4;
      if (!isSeen) setView({ ...now, x, y });
    },
    pointer: {
      onPointerDown: (event) => {
        from.current = { x: event.clientX, y: event.clientY, isMoving: false };
      },
      onPointerMove: (event) => {
        const start = from.current;
        if (start === null) return;
        const dx = event.clientX - start.x;
        const dy = event.clientY - start.y;
        if (!start.isMoving && Math.hypot(dx, dy) < MOVED_PX) return;
        if (!start.isMoving) event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, y: event.clientY, isMoving: true };
        setView({ ...now, x: now.x - dx / now.scale, y: now.y - dy / now.scale });
      },
      onPointerUp: () => {
        from.current = null;
      },
    },
  };
}
