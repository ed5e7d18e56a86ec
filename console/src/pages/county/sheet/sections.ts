import { daysBetween } from "../days";
import type { Column, Report, SplitBy } from "../reports/read";

/** The figures of a sheet, in the order in which they are talked about. */
export const SECTIONS = [
  { id: "tasks", keys: ["given", "done", "done_rate", "still_open", "overdue", "done_late"] },
  { id: "contact", keys: ["contacted", "contact_median_s", "attempts"] },
  {
    id: "calls",
    keys: ["dialled", "answered_person", "connect_rate", "talks", "talk_s", "talk_mean_s"],
  },
  {
    id: "callers",
    keys: ["callers", "served", "answer_median_s", "lost", "called_back", "call_back_rate"],
  },
  {
    id: "results",
    keys: ["told", "feedback_rate", "told_median_s", "satisfaction", "satisfied_rate"],
  },
  { id: "quality", keys: ["checked", "quality_score"] },
] as const;

/** What the course of the span is told by, in few columns: a sheet of paper is narrow. */
export const COURSE: readonly string[] = [
  "given",
  "done",
  "dialled",
  "connect_rate",
  "talks",
  "talk_s",
  "feedback_rate",
];

const MOST_DAYS = 31;
const MOST_WEEKS_DAYS = 120;

/** Into what the days of a sheet are cut: a month by days, a quarter by weeks, a year by months. */
export function courseOf(from: string, until: string): SplitBy {
  const days = daysBetween(from, until).length;
  if (days <= MOST_DAYS) return "day";
  return days <= MOST_WEEKS_DAYS ? "week" : "month";
}

/** The columns of these keys that a report has, in the order of the keys. */
export function columnsOf(report: Report, keys: readonly string[]): readonly Column[] {
  return keys.flatMap((key) => report.columns.find((column) => column.key === key) ?? []);
}
