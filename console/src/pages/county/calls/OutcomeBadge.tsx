import { Badge, type Tone } from "../../../kit/States";
import { callStatuses, outcomes, useCode } from "../../../text/codes";
import type { Call } from "../board/live-calls";

const TONES: Record<string, Tone> = {
  connected: "good",
  voicemail: "accent",
  callback_requested: "accent",
  self_service: "accent",
  missed: "bad",
  failed: "bad",
  interrupted: "bad",
};

/** What became of a call; of one that goes on, how far it is. */
export function OutcomeBadge({ call }: { call: Pick<Call, "outcome" | "status"> }) {
  const outcome = useCode(outcomes);
  const status = useCode(callStatuses);
  if (call.outcome === null) return <Badge tone="accent">{status(call.status)}</Badge>;
  return <Badge tone={TONES[call.outcome] ?? "neutral"}>{outcome(call.outcome)}</Badge>;
}
