/** The local day (2026-11-22) of a moment in a time zone. */
export function dayIn(at: Date, timeZone: string): string {
  // The Swedish way to write a date is ISO 8601's.
  return new Intl.DateTimeFormat("sv-SE", { timeZone }).format(at);
}

/** The day `count` days after (before, if negative) a local day. */
export function addDays(day: string, count: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + count);
  return at.toISOString().slice(0, 10);
}

/** The first day of the month `count` months after that of a local day. */
export function monthStart(day: string, count = 0): string {
  const at = new Date(`${day.slice(0, 7)}-01T00:00:00Z`);
  at.setUTCMonth(at.getUTCMonth() + count);
  return at.toISOString().slice(0, 10);
}

/** The Monday of the week of a local day. */
export function weekStart(day: string): string {
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return addDays(day, -weekday);
}

/** The days from one to before another. */
export function daysBetween(from: string, until: string): string[] {
  const days: string[] = [];
  for (let day = from; day < until; day = addDays(day, 1)) days.push(day);
  return days;
}
