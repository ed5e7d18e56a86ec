import { type PointerEvent, type ReactNode, type RefObject, useRef, useState } from "react";
import { useFormat } from "../../../kit/format";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import styles from "./Player.module.css";
import { type Span, spanBetween } from "./spans";
import { type Transport, usePlayback } from "./transport";

/** Pixels that a finger or a hand may shake without selecting a span. */
const SHAKE_PX = 5;

interface Drag {
  fromS: number;
  fromPx: number;
  isSpan: boolean;
}

export interface WaveStageProps {
  transport: Transport;
  /** What can be pressed above the wave form. */
  above: ReactNode;
  /** The wave form and what lies on it. */
  children: ReactNode;
  span: Span | null;
  onSpan(span: Span | null): void;
  zoom: number;
  /** What scrolls where the wave form is wider than the page. */
  frame: RefObject<HTMLDivElement | null>;
  /** Whether the reader has hold of it. */
  onHold(isHeld: boolean): void;
}

/** Where the wave form is touched: a press goes there, dragging selects a span. */
export function WaveStage(props: WaveStageProps) {
  const { transport, above, children, span, onSpan, zoom, frame, onHold } = props;
  const t = useText(reviewText);
  const format = useFormat();
  const durationS = usePlayback(transport, (playback) => playback.durationS);
  const second = usePlayback(transport, (playback) => Math.floor(playback.timeS));
  const [drag, setDrag] = useState<Drag | null>(null);
  const stage = useRef<HTMLDivElement>(null);
  const timeAt = (event: PointerEvent): number => {
    const box = stage.current?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return 0;
    return Math.min(Math.max(0, (event.clientX - box.left) / box.width), 1) * durationS;
  };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    onHold(true);
    setDrag({ fromS: timeAt(event), fromPx: event.clientX, isSpan: false });
  };
  const move = (event: PointerEvent): void => {
    if (drag === null) return;
    const isSpan = drag.isSpan || Math.abs(event.clientX - drag.fromPx) > SHAKE_PX;
    if (!isSpan) return;
    const at = timeAt(event);
    if (!drag.isSpan) setDrag({ ...drag, isSpan });
    onSpan(spanBetween(drag.fromS, at, durationS));
  };
  const up = (event: PointerEvent): void => {
    if (drag !== null && !drag.isSpan) transport.seek(timeAt(event));
    letGo();
  };
  const letGo = (): void => {
    onHold(false);
    setDrag(null);
  };
  return (
    <div ref={frame} className={styles.scroll} data-testid="wave">
      <div className={styles.stage} style={{ width: `${zoom * 100}%` }}>
        {above}
        <div
          ref={stage}
          className={styles.touch}
          role="slider"
          tabIndex={0}
          aria-label={t("place")}
          aria-valuemin={0}
          aria-valuemax={Math.floor(durationS)}
          aria-valuenow={second}
          aria-valuetext={`${format.clock(second)} / ${format.clock(durationS)}`}
          onPointerDown={down}
          onPointerMove={move}
          onPointerUp={up}
          onPointerCancel={letGo}
        >
          {children}
          {span !== null && durationS > 0 && (
            <div className={styles.span} style={placeOf(span, durationS)} data-testid="span" />
          )}
        </div>
      </div>
    </div>
  );
}

/** Where a span lies over the whole width. */
export function placeOf({ start_s, end_s }: Span, durationS: number) {
  return {
    left: `${(100 * start_s) / durationS}%`,
    width: `${(100 * (end_s - start_s)) / durationS}%`,
  };
}
