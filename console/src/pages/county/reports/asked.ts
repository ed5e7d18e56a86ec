import { parseDays, writeDays } from "../../../kit/days";
import { addDays, monthStart } from "../days";
import { KINDS, type Kind, type ReportQuery, type SplitBy } from "./read";

/** The reports of the page; `quality` is another resource with its own shape. */
export const REPORTS = [...KINDS, "quality"] as const;
export type ReportName = (typeof REPORTS)[number];

/** By what each report may be split here, the usual one first. */
export const SPLITS: Record<Kind, readonly SplitBy[]> = {
  activity: ["day", "week", "month", "manager", "group", "hotline", "type"],
  tasks: ["type", "day", "week", "month", "manager", "group"],
  feedback: ["manager", "day", "week", "month", "group", "hotline", "type"],
  managers: ["manager", "day", "week", "month", "group"],
  hotlines: ["hotline", "day", "week", "month", "group"],
  scores: ["manager", "day", "week", "month", "group", "hotline", "type"],
};

export function isKind(name: string): name is Kind {
  return (KINDS as readonly string[]).includes(name);
}

/** How a report is split by what stands in an address. */
export function splitOf(kind: Kind, asked: string | null): SplitBy {
  const splits = SPLITS[kind];
  return splits.find((one) => one === asked) ?? splits[0] ?? "day";
}

/** Whether rows follow each other in time. */
export function isSpan(by: SplitBy): boolean {
  return by === "day" || by === "week" || by === "month";
}

/** The days (both included) that an address asks for; this month until today where it doesn't. */
export function daysAsked(asked: string | null, today: string): { from: string; to: string } {
  return parseDays(asked ?? "") ?? { from: monthStart(today), to: today };
}

/** What the API is asked, by an address. */
export function queryOf(kind: Kind, query: URLSearchParams, today: string): ReportQuery {
  const { from, to } = daysAsked(query.get("days"), today);
  const by = splitOf(kind, query.get("by"));
  const asked: ReportQuery = { from, until: addDays(to, 1), by: [by] };
  for (const name of ["group_id", "manager_id", "hotline_id", "type"] as const) {
    const value = query.get(name);
    if (value !== null) asked[name] = value;
  }
  // Weeks have no week before that is as long and begins on Monday, says the API.
  if (query.get("compare") === "previous" && by !== "week") asked.compare = "previous";
  return asked;
}

/** The address of a report of these days. */
export function reportHref(
  name: ReportName,
  days: { from: string; to: string },
  more: Record<string, string | null> = {},
): string {
  const query = new URLSearchParams({ days: writeDays(days) });
  for (const [key, value] of Object.entries(more)) if (value !== null) query.set(key, value);
  return `/reports/${name}?${query}`;
}
