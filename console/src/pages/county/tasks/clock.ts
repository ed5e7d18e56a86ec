import type { Schema } from "../../../api/client";

type Timed = Pick<
  Schema<"TaskView">,
  "contact_by" | "contacted_at" | "close_by" | "closed_at" | "promised_at" | "due_at"
>;

/** A time that is watched, and whether it has been kept, is near or has passed. */
export interface Clock {
  of: "contact" | "close" | "answer" | "due";
  by: string;
  state: "kept" | "waits" | "near" | "late";
}

/** Less than this before its time, whoever has the task should hurry. */
const NEAR_MS = 3_600_000;

/** The times of a task, the soonest first. */
export function clocksOf(task: Timed, now: number): readonly Clock[] {
  const closed = task.closed_at;
  const clocks: (Clock | null)[] = [
    clock("contact", task.contact_by, task.contacted_at ?? closed, now),
    clock("close", task.close_by, closed, now),
    clock("answer", task.promised_at, closed, now),
    clock("due", task.due_at, closed, now),
  ];
  return clocks.filter((one) => one !== null).sort((a, b) => Date.parse(a.by) - Date.parse(b.by));
}

function clock(
  of: Clock["of"],
  by: string | null,
  doneAt: string | null,
  now: number,
): Clock | null {
  if (by === null) return null;
  const until = Date.parse(by);
  if (doneAt !== null) return { of, by, state: Date.parse(doneAt) <= until ? "kept" : "late" };
  if (until < now) return { of, by, state: "late" };
  return { of, by, state: until - now < NEAR_MS ? "near" : "waits" };
}
