import type { Schema } from "../../../api/client";
import { type Clock, clocksOf } from "../tasks/clock";

export type Trigger = Schema<"NamedTriggerView">;
export type Kind = Schema<"TriggerKindView">;
type TriggerTask = NonNullable<Trigger["task"]>;

/** Which triggers are looked at: in the address, `open` is not written. */
export const WHICH = ["open", "over", "all"] as const;
export type Which = (typeof WHICH)[number];

/** The filters of the list, named as the API names them; `which` stands for its `open`. */
export const FILTERS = ["which", "kind", "manager_id", "group_id"] as const;

export function whichOf(asked: string | null): Which {
  return WHICH.find((one) => one === asked) ?? "open";
}

/** What the API is asked, by an address. */
export function askedOf(query: URLSearchParams) {
  const asked: { open?: boolean; kind?: string; manager_id?: string; group_id?: string } = {};
  const which = whichOf(query.get("which"));
  if (which !== "all") asked.open = which === "open";
  for (const name of ["kind", "manager_id", "group_id"] as const) {
    const value = query.get(name);
    if (value !== null && value !== "") asked[name] = value;
  }
  return asked;
}

/** What is owed next of what is still to be done; null: nothing, or it has no time. */
export function nextOf(task: TriggerTask | null, now: number): Clock | null {
  if (task === null || task.closed_at !== null) return null;
  // A talk that came late was a talk: what is owed after it is the closing.
  const contact_by = task.contacted_at === null ? task.contact_by : null;
  return clocksOf({ ...task, contact_by }, now)[0] ?? null;
}

/** A fact that a kind measures, and so has to be told of each of its triggers. */
export function measuredFacts(kind: Kind | undefined): readonly string[] {
  const threshold = kind?.threshold ?? null;
  if (threshold === null) return [];
  return threshold.before === null ? [threshold.fact] : [threshold.before, threshold.fact];
}

/** A number as it was typed, `1,299.50` too; null: it is none. */
export function numberOf(typed: string): number | null {
  const text = typed.trim().replaceAll(",", "").replaceAll("，", "");
  const value = Number(text);
  return text === "" || !Number.isFinite(value) ? null : value;
}
