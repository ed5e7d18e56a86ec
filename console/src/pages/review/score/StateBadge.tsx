import { Badge, type Tone } from "../../../kit/States";
import { stateText } from "../../../text/reviewScore";
import { useText } from "../../../text/words";
import type { Review } from "../queries";

const TONES: Readonly<Record<Review["state"], Tone>> = {
  open: "neutral",
  assigned: "accent",
  in_progress: "accent",
  scored: "good",
  appealed: "warn",
  decided: "accent",
  final: "neutral",
};

/** How far a review is, and which half of a blind pair. */
export function StateBadge({
  review: { state, part },
}: {
  review: Pick<Review, "state" | "part">;
}) {
  const t = useText(stateText);
  return (
    <>
      <Badge tone={TONES[state]}>{t(state)}</Badge> {part !== "only" && <Badge>{t(part)}</Badge>}
    </>
  );
}
