import { writeDays } from "../../../kit/days";
import type { Format } from "../../../kit/format";
import type { Language } from "../../../text/words";
import { addDays } from "../days";
import type { Column, Kind, Report, ReportRow } from "./read";

/** What each report is opened for; the others are shown on request. */
export const MAIN: Record<Kind, readonly string[]> = {
  activity: [
    "calls",
    "dialled",
    "connect_rate",
    "talks",
    "talk_mean_s",
    "callers",
    "lost",
    "called_back",
  ],
  tasks: ["given", "done", "done_rate", "overdue", "done_late", "contacted", "contact_rate"],
  feedback: ["talks", "told", "feedback_rate", "told_in_5_min", "told_median_s", "satisfaction"],
  managers: [
    "given",
    "done",
    "done_rate",
    "overdue",
    "dialled",
    "connect_rate",
    "talks",
    "feedback_rate",
  ],
  hotlines: [
    "callers",
    "served",
    "answer_rate",
    "answered_in_20_s",
    "answer_median_s",
    "lost",
    "called_back",
    "call_back_rate",
  ],
  scores: [
    "talks",
    "checked",
    "check_rate",
    "quality_score",
    "faulty",
    "fault_rate",
    "reviewed",
    "review_share",
  ],
};

/** Figures of which fewer is better: a rise of these is no good news. */
const BETTER_LOW = new Set([
  "unreached",
  "abandoned",
  "missed",
  "lost",
  "overdue",
  "done_late",
  "still_open",
  "answer_mean_s",
  "answer_median_s",
  "answer_p90_s",
  "told_median_s",
  "contact_mean_s",
  "contact_median_s",
  "contact_p90_s",
  "faulty",
  "fault_rate",
  "upheld",
]);

/** Figures that say how much there was, which is neither good nor bad. */
const NEUTRAL = new Set([
  "calls",
  "dialled",
  "callers",
  "given",
  "attempts",
  "cancelled",
  "surveyed",
  "talk_mean_s",
  "talk_median_s",
]);

/** A figure as it is written, by its unit. */
export function writeFigure(value: number | null, { unit }: Column, format: Format): string {
  switch (unit) {
    case "share":
      return format.percent(value);
    case "s":
      return value === null
        ? "–"
        : value < 3_600
          ? format.clock(Math.round(value))
          : format.span(value);
    case "points":
      return format.number(value, 2);
    default:
      return format.number(value);
  }
}

export function columnName({ key, names }: Column, language: Language): string {
  const name = names[language] ?? names.en ?? key;
  // In files they stand within a row of names; here each begins a line.
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** The columns that are shown: those the report is opened for, or all. */
export function shownColumns(report: Report, kind: Kind, showsAll: boolean): readonly Column[] {
  if (showsAll) return report.columns;
  return MAIN[kind].flatMap((key) => report.columns.find((column) => column.key === key) ?? []);
}

/** How a figure has changed; null where there is nothing to compare with. */
export interface Change {
  /** Of counts and lengths relative to before, of shares and points the difference. */
  by: number;
  isRelative: boolean;
  isGood: boolean | null;
}

export function changeOf(
  now: number | null,
  before: number | null | undefined,
  { key, unit }: Column,
): Change | null {
  if (now === null || before == null) return null;
  const isRelative = unit === "count" || unit === "s";
  if (isRelative && before === 0) return null;
  const by = isRelative ? (now - before) / before : now - before;
  const isGood = by === 0 || NEUTRAL.has(key) ? null : by > 0 !== BETTER_LOW.has(key);
  return { by, isRelative, isGood };
}

/** Columns that count every row of their list: the link to it needs no narrowing. */
const WHOLE = new Set(["calls", "given"]);

/**
 * The page that lists what a figure of a row counts; null where the API has no list of exactly
 * that.
 */
export function rowsHref(row: ReportRow, column: Column): string | null {
  if (column.query === "" && !WHOLE.has(column.key)) return null;
  return listHref(row, column.rows, column.query);
}

/** The sheet of the manager that a row of the report of managers is about, of the same days. */
export function sheetHref(report: Report, row: ReportRow): string | null {
  const managerId = row.keys.manager_id;
  if (report.report !== "managers" || report.by.length !== 1 || managerId == null) return null;
  const days = writeDays({ from: report.from, to: addDays(report.until, -1) });
  return `/manager-sheets/${managerId}?${new URLSearchParams({ days })}`;
}

/** The page that lists all of a row: its `calls` or its `tasks`. */
export function listHref(row: ReportRow, list: string, narrowed = ""): string | null {
  const link = row.rows[list];
  const page = { calls: "/calls", tasks: "/group-tasks" }[list];
  if (link === undefined || page === undefined) return null;
  const query = new URLSearchParams(link.split("?")[1] ?? "");
  for (const [name, value] of new URLSearchParams(narrowed)) query.set(name, value);
  return `${page}?${query}`;
}
