import type { Schema } from "../../../api/client";
import type { Call } from "../call/phase";
import type { Task } from "../tasks/sections";

/** Something that happened with a customer. */
export type Entry =
  | { kind: "call"; id: string; at: string; call: Call }
  | { kind: "closed" | "made"; id: string; at: string; task: Task };

/**
 * Calls and tasks in one line, the newest first. A task stands where it was closed; one that is
 * open where it was made, unless a call has made it: then the call tells enough.
 */
export function timelineOf(calls: readonly Call[], tasks: readonly Task[]): Entry[] {
  const entries: Entry[] = calls.map((call) => ({
    kind: "call",
    id: call.id,
    at: call.created_at,
    call,
  }));
  for (const task of tasks) {
    if (task.closed_at !== null) {
      entries.push({ kind: "closed", id: task.id, at: task.closed_at, task });
    } else if (task.source !== "call") {
      entries.push({ kind: "made", id: task.id, at: task.created_at, task });
    }
  }
  return entries.toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at));
}

/** The recordings of a call that can be heard. */
export function heardOf(call: Call): readonly Schema<"RecordingRefView">[] {
  return call.recordings.filter(({ status }) => status === "completed");
}
