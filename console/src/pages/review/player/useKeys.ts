import { useShortcut } from "../../../kit/shortcuts";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import { spanBetween } from "./spans";
import type { Player } from "./usePlayer";

/** Seconds that the arrow keys go. */
export const SKIP_S = 5;
/** The wave form is at most so many times as wide as its frame: one canvas draws it. */
export const MAX_ZOOM = 8;

/** Twice as wide a wave form, and half as wide, within what is offered. */
export const closer = (zoom: number): number => Math.min(MAX_ZOOM, zoom * 2);
export const wider = (zoom: number): number => Math.max(1, zoom / 2);

const HEARD = ["both", "customer", "manager"] as const;

/** The player by keyboard, whatever of the page has the focus. */
export function useKeys(
  { transport, span, setSpan, toggleLoop, stepFinding }: Player,
  onZoom: (change: (zoom: number) => number) => void,
  follow: () => void,
): void {
  const t = useText(reviewText);
  const now = () => transport.state;
  useShortcut(" ", t("playPause"), () => transport.toggle());
  useShortcut("ArrowLeft", t("back5"), () => transport.skip(-SKIP_S));
  useShortcut("ArrowRight", t("forward5"), () => transport.skip(SKIP_S));
  useShortcut("Home", t("toStart"), () => transport.seek(0));
  useShortcut(",", t("slower"), () => transport.stepRate(-1));
  useShortcut(".", t("faster"), () => transport.stepRate(1));
  useShortcut("n", t("findingNext"), () => stepFinding(1));
  useShortcut("p", t("findingBefore"), () => stepFinding(-1));
  useShortcut("s", t("skipSilence"), () => transport.setSkipsSilence(!now().skipsSilence));
  useShortcut("m", t("mute"), () => transport.setMuted(!now().isMuted));
  useShortcut("v", t("heard"), () => {
    const next = HEARD[(HEARD.indexOf(now().heard) + 1) % HEARD.length];
    transport.hear(next ?? "both");
  });
  useShortcut("[", t("spanFrom"), () => {
    const { timeS, durationS } = now();
    const isAfter = span === null || span.end_s <= timeS;
    setSpan(spanBetween(timeS, isAfter ? timeS + 1 : span.end_s, durationS));
  });
  useShortcut("]", t("spanUntil"), () => {
    const { timeS, durationS } = now();
    setSpan(spanBetween(Math.min(span?.start_s ?? 0, timeS), timeS, durationS));
  });
  useShortcut("l", t("loop"), toggleLoop);
  useShortcut("Escape", t("spanNone"), () => setSpan(null));
  useShortcut("+", t("zoomIn"), () => onZoom(closer));
  useShortcut("-", t("zoomOut"), () => onZoom(wider));
  useShortcut("f", t("followWave"), follow);
}
