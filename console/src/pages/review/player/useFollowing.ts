import { type RefObject, useEffect, useState } from "react";
import { useMedia } from "../../../kit/useMedia";
import { scrolledTo } from "./following";
import type { Transport } from "./transport";

export interface Following {
  follows: boolean;
  follow(): void;
}

/** Seconds by which a place changes that somebody has gone to, and not only come to. */
const JUMP_S = 0.5;

/**
 * A wide wave form that follows the sound until the reader scrolls it. It follows again when playing
 * is resumed, when the reader goes to another place, and when asked to. `isHeld`: the reader has
 * hold of it at the moment, so it must not move.
 */
export function useFollowing(
  frame: RefObject<HTMLElement | null>,
  transport: Transport,
  zoom: number,
  isHeld: boolean,
): Following {
  const [follows, setFollows] = useState(true);
  const isCalm = useMedia("(prefers-reduced-motion: reduce)");

  useEffect(() => {
    const box = frame.current;
    if (box === null || zoom === 1 || !follows || isHeld) return undefined;
    // Whatever stands elsewhere than it was put was scrolled by the reader.
    let put = box.scrollLeft;
    const leave = (): boolean => {
      const isMoved = Math.abs(box.scrollLeft - put) > 1;
      if (isMoved) setFollows(false);
      return isMoved;
    };
    const show = (): void => {
      if (leave()) return;
      const { timeS, durationS, isPlaying } = transport.state;
      if (durationS === 0) return;
      const view = { left: put, width: box.clientWidth, whole: box.scrollWidth };
      const next = scrolledTo(view, timeS / durationS, isPlaying && !isCalm);
      if (next === null) return;
      box.scrollLeft = next;
      put = box.scrollLeft;
    };
    show();
    const unsubscribe = transport.subscribe(show);
    box.addEventListener("scroll", leave, { passive: true });
    return () => {
      unsubscribe();
      box.removeEventListener("scroll", leave);
    };
  }, [frame, transport, zoom, follows, isHeld, isCalm]);

  useEffect(() => {
    let before = transport.state;
    return transport.subscribe(() => {
      const now = transport.state;
      const isResumed = now.isPlaying && !before.isPlaying;
      const isStill = !now.isPlaying && !before.isPlaying;
      const isElsewhere = isStill && Math.abs(now.timeS - before.timeS) > JUMP_S;
      before = now;
      if (isResumed || isElsewhere) setFollows(true);
    });
  }, [transport]);

  return { follows, follow: () => setFollows(true) };
}
