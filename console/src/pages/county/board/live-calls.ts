import type { Schema } from "../../../api/client";

/** A call as lists and `call.*` events have it. */
export type Call = Schema<"CallView">;

const LIVE: readonly string[] = ["queued", "initiated", "ringing", "in-progress"];

/** The statuses of calls that are not over. */
export const LIVE_STATUSES = ["queued", "initiated", "ringing", "in-progress"] as const;

export function isLive(call: Pick<Call, "status">): boolean {
  return LIVE.includes(call.status);
}

/** Whether the data of an event is a call: events of other things come over the same stream. */
export function isCall(data: unknown): data is Call {
  return (
    typeof data === "object" &&
    data !== null &&
    "direction" in data &&
    "status" in data &&
    "sequence" in data &&
    typeof data.sequence === "number" &&
    "id" in data &&
    typeof data.id === "string"
  );
}

/**
 * The calls that go on after some have changed, the oldest first. What is older than what is known
 * counts for nothing, calls that are over leave, and calls that are the same stay the same objects,
 * so that only the rows that changed are drawn.
 */
export function applyCalls(calls: readonly Call[], changes: Iterable<Call>): readonly Call[] {
  const newest = new Map<string, Call>();
  for (const change of changes) {
    const known = newest.get(change.id);
    if (known === undefined || known.sequence <= change.sequence) newest.set(change.id, change);
  }
  if (newest.size === 0) return calls;
  const kept: Call[] = [];
  let hasChanged = false;
  for (const call of calls) {
    const change = newest.get(call.id);
    newest.delete(call.id);
    if (change === undefined || change.sequence <= call.sequence) kept.push(call);
    else {
      hasChanged = true;
      if (isLive(change)) kept.push(change);
    }
  }
  const come = [...newest.values()].filter(isLive);
  if (!hasChanged && come.length === 0) return calls;
  return [...kept, ...come].sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
}
