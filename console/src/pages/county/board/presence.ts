import type { Schema } from "../../../api/client";
import { type Call, isLive } from "./live-calls";

export type Presence = Schema<"PresenceView">;
export type PresenceState = Presence["state"];

/** What a manager's telephone does in a call. */
interface Engagement {
  state: "ringing" | "talking";
  since: string | null;
  callId: string;
}

/** Who is wanted first stands first: whoever is free, then whoever soon may be. */
export const STATES = ["free", "ringing", "talking", "away", "off"] as const;

/** Whose telephone rings or talks in these calls. */
function engagements(calls: readonly Call[]): Map<string, Engagement> {
  const engaged = new Map<string, Engagement>();
  for (const call of calls) {
    for (const leg of call.legs) {
      if (leg.role !== "manager" || leg.manager_id === null || leg.ended_at !== null) continue;
      if (leg.result !== null && leg.result !== "answered") continue;
      const state = leg.answered_at === null ? "ringing" : "talking";
      if (state === "ringing" && engaged.get(leg.manager_id)?.state === "talking") continue;
      const since = leg.answered_at ?? leg.ringing_at ?? leg.started_at;
      engaged.set(leg.manager_id, { state, since, callId: call.id });
    }
  }
  return engaged;
}

/**
 * What managers do now: the list that was read, with what the calls of this moment say. Whoever is
 * the same as in the list stays the same object.
 */
export function withCalls(list: readonly Presence[], calls: readonly Call[]): readonly Presence[] {
  const engaged = engagements(calls.filter(isLive));
  return list.map((one) => {
    const now = engaged.get(one.manager_id);
    if (now !== undefined) {
      const isSame = one.state === now.state && one.call_id === now.callId;
      return isSame ? one : { ...one, state: now.state, since: now.since, call_id: now.callId };
    }
    const wasHere = one.state === "ringing" || one.state === "talking";
    // A call that the list names and nobody sees any more is over; one that it doesn't name may
    // be another group's.
    return wasHere && one.call_id !== null
      ? { ...one, state: "free", since: null, call_id: null }
      : one;
  });
}

/** How many do what. */
export function countStates(list: readonly Presence[]): Record<PresenceState, number> {
  const counts = { free: 0, ringing: 0, talking: 0, away: 0, off: 0 };
  for (const { state } of list) counts[state] += 1;
  return counts;
}

/** By what they do, then by name. */
export function inOrder(list: readonly Presence[], locale: string): readonly Presence[] {
  const names = new Intl.Collator(locale);
  return [...list].sort(
    (a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || names.compare(a.name, b.name),
  );
}
