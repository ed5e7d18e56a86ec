import type { Schema } from "../../../api/client";

export type Task = Schema<"NamedTaskView">;

/** Parts of the day's list, in the order in which they are worked through. */
export const SECTIONS = ["owed", "again", "overdue", "missed", "today", "later"] as const;
export type SectionName = (typeof SECTIONS)[number];

export interface Section {
  name: SectionName;
  tasks: readonly Task[];
}

/** What calls leave behind when nobody was there: to be called back. */
export const CALL_BACK_TYPES: ReadonlySet<string> = new Set([
  "voicemail",
  "callback",
  "missed_call",
]);

const RANKS: Readonly<Record<string, number>> = { urgent: 3, high: 2, normal: 1, low: 0 };

/** To which part an open task belongs; `endOfDay` is the group's. */
export function sectionOf(task: Task, endOfDay: Date): SectionName {
  const isToday = (at: string | null): boolean => at !== null && new Date(at) < endOfDay;
  if (task.state === "dialled") return "owed";
  if (task.state === "call_again") return isToday(task.due_at) ? "again" : "later";
  if (task.state === "overdue") return "overdue";
  if (CALL_BACK_TYPES.has(task.type)) return "missed";
  if (task.not_before !== null && new Date(task.not_before) >= endOfDay) return "later";
  return isToday(task.due_at) || isToday(contactOwedBy(task)) ? "today" : "later";
}

/** By when somebody is to talk with the customer, while nobody has; null: no such time. */
export function contactOwedBy(task: Pick<Task, "contact_by" | "contacted_at">): string | null {
  return task.contacted_at === null ? task.contact_by : null;
}

/** The parts that have something in them, each by urgency, then by time. */
export function sectionsOf(tasks: readonly Task[], endOfDay: Date): Section[] {
  const found = new Map<SectionName, Task[]>();
  for (const task of tasks) {
    const name = sectionOf(task, endOfDay);
    found.set(name, [...(found.get(name) ?? []), task]);
  }
  return SECTIONS.flatMap((name) => {
    const inside = found.get(name);
    return inside === undefined ? [] : [{ name, tasks: inside.toSorted(byUrgency) }];
  });
}

function byUrgency(one: Task, other: Task): number {
  const rank = (RANKS[other.priority] ?? 1) - (RANKS[one.priority] ?? 1);
  return rank !== 0 ? rank : timeOf(one) - timeOf(other) || one.id.localeCompare(other.id);
}

function timeOf(task: Task): number {
  const due = contactOwedBy(task) ?? task.due_at;
  return due === null ? Number.MAX_SAFE_INTEGER : Date.parse(due);
}
