import { useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import type { Finding, Severity } from "../queries";

/** Filters of the list as they are typed and chosen; empty: not filtered. */
export interface Filters {
  /** What was said. Never in the address: it may be a customer's words. */
  q: string;
  manager: string;
  hotline: string;
  finding: string;
  severity: string;
  from: string;
  until: string;
  score: string;
  length: string;
}

/** What the list asks the API for. */
export interface Query {
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
  status: "completed";
}

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
export const SCORES: Readonly<Record<string, Pick<Query, "min_score" | "max_score">>> = {
  low: { max_score: 59.99 },
  middle: { min_score: 60, max_score: 79.99 },
  high: { min_score: 80 },
};
/** Bounds of the length. */
export const LENGTHS: Readonly<Record<string, Pick<Query, "min_duration_s" | "max_duration_s">>> = {
  short: { max_duration_s: 60 },
  middle: { min_duration_s: 60, max_duration_s: 600 },
  long: { min_duration_s: 600 },
};

const IN_URL = [
  "manager",
  "hotline",
  "finding",
  "severity",
  "from",
  "until",
  "score",
  "length",
] as const;

/** Kept while other pages are looked at, and forgotten with the page. */
let lastQuestion = "";

export function useFilters() {
  const [search, setSearch] = useSearchParams();
  const [q, setQ] = useState(lastQuestion);
  const filters = useMemo<Filters>(() => {
    const of = (name: (typeof IN_URL)[number]): string => search.get(name) ?? "";
    return {
      q,
      manager: of("manager"),
      hotline: of("hotline"),
      finding: of("finding"),
      severity: of("severity"),
      from: of("from"),
      until: of("until"),
      score: of("score"),
      length: of("length"),
    };
  }, [search, q]);
  const set = (name: keyof Filters, value: string): void => {
    if (name === "q") {
      lastQuestion = value;
      setQ(value);
      return;
    }
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (value === "") after.delete(name);
        else after.set(name, value);
        return after;
      },
      { replace: true },
    );
  };
  const clear = (): void => {
    lastQuestion = "";
    setQ("");
    setSearch({}, { replace: true });
  };
  const query = useMemo(() => queryOf(filters), [filters]);
  return { filters, query, set, clear };
}

/** What to ask for; days are those of the browser. What the address has wrong does not filter. */
export function queryOf(filters: Filters): Query {
  const kind = KINDS.find((one) => one === filters.finding);
  const severity = SEVERITIES.find((one) => one === filters.severity);
  const from = dayOf(filters.from, 0);
  const until = dayOf(filters.until, 1);
  return {
    status: "completed",
    ...(filters.q.trim() && { q: filters.q.trim() }),
    ...(filters.manager && { manager_id: filters.manager }),
    ...(filters.hotline && { hotline_id: filters.hotline }),
    ...(kind && { finding: kind }),
    ...(severity && { severity }),
    ...(from && { from }),
    ...(until && { until }),
    ...SCORES[filters.score],
    ...LENGTHS[filters.length],
  };
}

/** The beginning of a day, or of the one `after` it, in UTC; null for what is no day. */
function dayOf(text: string, after: number): string | null {
  const [year, month, day] = text.split("-").map(Number);
  if (year === undefined || month === undefined || day === undefined) return null;
  const at = new Date(year, month - 1, day + after);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
