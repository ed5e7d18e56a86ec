import { useMemo } from "react";
import { parseDays, spanOf } from "../../../kit/days";
import { type Filter, useFilter } from "../../../kit/useFilter";
import type { Finding, Severity } from "../queries";

const NAMES = ["manager", "hotline", "finding", "severity", "days", "score", "length"] as const;

export type RecordingFilter = Filter<(typeof NAMES)[number]>;

/** What the list asks the API for. */
export interface Query {
  status: "completed";
  q?: string;
  manager_id?: string;
  hotline_id?: string;
  finding?: Finding["kind"];
  severity?: Severity;
  from?: string;
  until?: string;
  min_score?: number;
  max_score?: number;
  min_duration_s?: number;
  max_duration_s?: number;
}

/** What is worth looking for; what was said as it should be is not. */
export const KINDS: readonly Finding["kind"][] = [
  "statement-missing",
  "statement-unsure",
  "statement-late",
  "statement-out-of-order",
  "slot-wrong",
  "assent-missing",
  "assent-overrun",
  "phrase-forbidden",
  "phrase-unsure",
  "notice-missing",
  "measure",
];
export const SEVERITIES: readonly Severity[] = ["minor", "major", "critical"];

/** Bounds of the automatic score, by the name that stands in the address. */
export const SCORES = {
  low: { max_score: 59.99 },
  middle: { min_score: 60, max_score: 79.99 },
  high: { min_score: 80 },
} as const;

/** Bounds of the length. */
export const LENGTHS = {
  short: { max_duration_s: 60 },
  middle: { min_duration_s: 60, max_duration_s: 600 },
  long: { min_duration_s: 600 },
} as const;

function boundsIn<Bounds extends object>(
  table: Readonly<Record<string, Bounds>>,
  name: string,
): Bounds | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** The filters of the list, and what they ask for. */
export function useFilters(): { filter: RecordingFilter; query: Query } {
  const filter = useFilter(NAMES);
  const { values, text } = filter;
  const query = useMemo(() => queryOf(values, text), [values, text]);
  return { filter, query };
}

/** What to ask for. What stands wrong in an address does not filter. */
export function queryOf(values: RecordingFilter["values"], text: string): Query {
  const kind = KINDS.find((one) => one === values.finding);
  const severity = SEVERITIES.find((one) => one === values.severity);
  const days = parseDays(values.days);
  return {
    status: "completed",
    ...(text.trim() && { q: text.trim() }),
    ...(values.manager && { manager_id: values.manager }),
    ...(values.hotline && { hotline_id: values.hotline }),
    ...(kind && { finding: kind }),
    ...(severity && { severity }),
    ...(days && spanOf(days)),
    ...boundsIn(SCORES, values.score),
    ...boundsIn(LENGTHS, values.length),
  };
}
