import { dayOf, spanOf } from "../../kit/days";

/** The filters of calls, named as the API names them: a report's link is an address of theirs. */
export const CALL_FILTERS = [
  "from",
  "until",
  "direction",
  "status",
  "outcome",
  "group_id",
  // Of a group without those below it: rows of a report by groups lead to these.
  "below",
  "manager_id",
  "customer_id",
  "hotline_id",
  "task_id",
] as const;

/** The filters of tasks. */
export const TASK_FILTERS = [
  "from",
  "until",
  "state",
  "type",
  "own_type",
  "group_id",
  // Of a group without those below it: rows of a report by groups lead to these.
  "below",
  "manager_id",
  "customer_id",
  "due_before",
] as const;

/** What the API is asked by an address, of a list with these filters; the rest is left out. */
export function askedOf(
  query: URLSearchParams,
  filters: readonly string[],
): Record<string, string> {
  const asked: Record<string, string> = {};
  for (const name of filters) {
    const value = query.get(name);
    if (value !== null && value !== "") asked[name] = value;
  }
  return asked;
}

/** The days between two moments, both included; null where an address names none. */
export function daysOfSpan(
  query: URLSearchParams,
  zone: string,
): { from: string; to: string } | null {
  const [from, until] = [query.get("from"), query.get("until")];
  if (!isMoment(from) || !isMoment(until)) return null;
  // The last moment before the end tells the last day.
  const last = new Date(Date.parse(until) - 1).toISOString();
  return { from: dayOf(new Date(from).toISOString(), zone), to: dayOf(last, zone) };
}

/** An address with these days, or with none. */
export function withDays(
  query: URLSearchParams,
  days: { from: string; to: string } | null,
  zone: string,
): URLSearchParams {
  const next = new URLSearchParams(query);
  const span = days === null ? null : spanOf(days, zone);
  for (const name of ["from", "until"] as const) {
    if (span === null) next.delete(name);
    else next.set(name, span[name]);
  }
  return next;
}

/** An address with another group, or none: with those below it, as whoever picks one means it. */
export function withGroup(query: URLSearchParams, groupId: string | null): URLSearchParams {
  const next = new URLSearchParams(query);
  next.delete("below");
  if (groupId === null) next.delete("group_id");
  else next.set("group_id", groupId);
  return next;
}

function isMoment(text: string | null): text is string {
  return text !== null && !Number.isNaN(Date.parse(text));
}
