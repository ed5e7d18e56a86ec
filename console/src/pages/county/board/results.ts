import type { Schema } from "../../../api/client";
import type { Call } from "./live-calls";

export type Task = Schema<"TaskView">;

/** Something a manager has just told of a task or a talk. */
export interface Told {
  /** The task's, or of a talk without one the call's: who tells of both is listed once. */
  id: string;
  at: string;
  managerId: string | null;
  groupId: string | null;
  /** Of the task; null: a talk for none. */
  type: string | null;
  ownType: string | null;
  code: string;
  href: string;
}

const SHOWN = 30;

export function isTask(data: unknown): data is Task {
  return (
    typeof data === "object" &&
    data !== null &&
    "state" in data &&
    "attempts" in data &&
    "id" in data &&
    typeof data.id === "string"
  );
}

export function toldOfTask(task: Task): Told | null {
  if (task.result === null) return null;
  return {
    id: task.id,
    at: task.closed_at ?? task.result.at,
    managerId: task.manager_id,
    groupId: task.group_id,
    type: task.type,
    ownType: task.own_type,
    code: task.result.code,
    href: `/group-tasks/${task.id}`,
  };
}

export function toldOfCall(call: Call): Told | null {
  if (call.disposition === null) return null;
  return {
    id: call.task_id ?? call.id,
    at: call.disposition.at,
    managerId: call.manager_id,
    groupId: call.group_id,
    type: null,
    ownType: null,
    code: call.disposition.code,
    href: `/calls/${call.id}`,
  };
}

/** Put what was told to the others, the newest first; what is told again takes its own place. */
export function withTold(list: readonly Told[], added: readonly Told[]): readonly Told[] {
  const byId = new Map(list.map((one) => [one.id, one]));
  for (const one of added) byId.set(one.id, latest(byId.get(one.id), one));
  return [...byId.values()].sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, SHOWN);
}

/** What is known of a task by both; of a task and its calls the task tells more. */
function latest(known: Told | undefined, one: Told): Told {
  if (known === undefined) return one;
  const newer = known.at > one.at ? known : one;
  if ((known.type === null) === (one.type === null)) return newer;
  return { ...(known.type === null ? one : known), at: newer.at };
}
