import type { Schema } from "../../../api/client";
import type { Task } from "../tasks/sections";

export type Call = Schema<"CallView">;

/** What a call is about, as its manager sees it. */
export type Phase =
  | "starting"
  | "managerRinging"
  | "customerRinging"
  | "incoming"
  | "talking"
  | "held"
  | "consulting"
  | "ended";

const RUNNING: ReadonlySet<string> = new Set(["queued", "initiated", "ringing", "in-progress"]);

/** Whether it is not over; values that came later are over, as all new final ones would be. */
export function isRunning(call: Call): boolean {
  return RUNNING.has(call.status) && call.ended_at === null;
}

export function phaseOf(call: Call): Phase {
  if (!isRunning(call)) return "ended";
  if (call.bridged_at !== null) {
    if (isConsulting(call)) return "consulting";
    return call.held_by === null ? "talking" : "held";
  }
  if (call.direction === "inbound") return "incoming";
  const of = (role: string) => call.legs.findLast((leg) => leg.role === role);
  if (of("customer")?.ringing_at != null || of("manager")?.answered_at != null) {
    return "customerRinging";
  }
  return of("manager")?.ringing_at == null ? "starting" : "managerRinging";
}

/** Whether the manager is asking a colleague at this moment, before the customer is handed on. */
function isConsulting(call: Call): boolean {
  const step = call.plan.findLast(({ step: name }) => name === "transfer" || name === "add");
  return step?.result === "consulting";
}

/** The telephone of a colleague that rings for the call, or is in it. */
export function colleagueOf(call: Call, managerId: string): Schema<"LegView"> | undefined {
  return call.legs.findLast(
    ({ role, manager_id, ended_at }) =>
      role === "manager" && manager_id !== null && manager_id !== managerId && ended_at === null,
  );
}

/** From when on the clock of the strip counts; null: it shows none. */
export function clockFrom(call: Call): string | null {
  return call.bridged_at ?? call.ringing_at ?? call.created_at;
}

/**
 * Whether the manager still owes what came of a talk that is over; `openTasks` are those of which
 * something is left to do. A task's result is told of the task, not of its call.
 */
export function owesResult(call: Call, openTasks: readonly Pick<Task, "id" | "state">[]): boolean {
  if (isRunning(call) || call.bridged_at === null || call.disposition !== null) return false;
  if (call.task_id === null) return true;
  return openTasks.some(({ id, state }) => id === call.task_id && state === "dialled");
}
