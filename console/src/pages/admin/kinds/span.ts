/** The units in which a time of a task is typed. */
export const UNITS = ["minutes", "hours", "days"] as const;
export type Unit = (typeof UNITS)[number];

/** A span of time while it is typed; an empty amount: none. */
export interface SpanDraft {
  amount: string;
  unit: Unit;
}

const SECONDS: Readonly<Record<Unit, number>> = { minutes: 60, hours: 3_600, days: 86_400 };

/** Seconds as somebody would say them: in the largest unit that leaves nothing over. */
export function spanDraft(seconds: number | null, unit: Unit = "hours"): SpanDraft {
  if (seconds === null) return { amount: "", unit };
  const whole = (["days", "hours"] as const).find((one) => seconds % SECONDS[one] === 0);
  const fitting = seconds === 0 ? unit : (whole ?? "minutes");
  return { amount: String(seconds / SECONDS[fitting]), unit: fitting };
}

/** What is typed, in seconds; null: none. What is no amount becomes one that the API refuses. */
export function secondsOf({ amount, unit }: SpanDraft): number | null {
  if (amount.trim() === "") return null;
  const typed = Number(amount);
  return Number.isFinite(typed) ? Math.round(typed * SECONDS[unit]) : -1;
}
