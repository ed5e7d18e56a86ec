import { useShortcut } from "../../../kit/shortcuts";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import type { Player } from "./usePlayer";

/** Seconds that the arrow keys go. */
export const SKIP_S = 5;
/** The wave form is at most so many times as wide as its frame: one canvas draws it. */
export const MAX_ZOOM = 8;

const HEARD = ["both", "customer", "manager"] as const;

/** The player by keyboard, whatever of the page has the focus. */
export function useKeys(
  { transport, span, setSpan, stepFinding }: Player,
  zoom: number,
  onZoom: (zoom: number) => void,
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
    const from = now().timeS;
    setSpan({
      start_s: from,
      end_s: Math.max(span?.end_s ?? 0, Math.min(from + 1, now().durationS)),
    });
  });
  useShortcut("]", t("spanUntil"), () => {
    const until = now().timeS;
    setSpan({ start_s: Math.min(span?.start_s ?? 0, until), end_s: until });
  });
  useShortcut("l", t("loop"), () => transport.setLoop(now().loop === null ? span : null));
  useShortcut("Escape", t("spanNone"), () => {
    transport.setLoop(null);
    setSpan(null);
  });
  useShortcut("+", t("zoomIn"), () => onZoom(Math.min(MAX_ZOOM, zoom * 2)));
  useShortcut("-", t("zoomOut"), () => onZoom(Math.max(1, zoom / 2)));
}
