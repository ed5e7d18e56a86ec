import type { paths } from "../../../api/schema";
import { dayOf, spanOf } from "../../../kit/days";

export type CallQuery = NonNullable<paths["/v1/calls"]["get"]["parameters"]["query"]>;

/** The filters of the list, named as the API names them: a report's link is an address here. */
export const FILTERS = [
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

/** What the API is asked, by an address; what is no filter of it is left out. */
export function askedOf(query: URLSearchParams): Record<string, string> {
  const asked: Record<string, string> = {};
  for (const name of FILTERS) {
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
