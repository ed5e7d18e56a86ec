import { now, toCalendarDate, toZoned, type ZonedDateTime } from "@internationalized/date";

/** Until when one is away, as one says it; `open`: until one is back. */
export type AwayChoice = "hour" | "today" | "tomorrow" | "own" | "open";

/** The longest that the gateway takes a time for, days. */
const LONGEST_DAYS = 366;

/** When each choice ends, by the clock of `zone`; RFC 3339, UTC. */
export function awayTimes(
  zone: string,
  at: ZonedDateTime = now(zone),
): Record<"hour" | "today" | "tomorrow", string> {
  const endOf = (days: number): string =>
    // The day's own beginning: where clocks change it is not always midnight.
    toZoned(toCalendarDate(at).add({ days }), zone).toAbsoluteString();
  return {
    hour: at.add({ hours: 1 }).set({ second: 0, millisecond: 0 }).toAbsoluteString(),
    today: endOf(1),
    tomorrow: endOf(2),
  };
}

/** Whether `until` is a time that one can be away until. */
export function isAhead(until: string | null, at: Date = new Date()): boolean {
  if (until === null) return false;
  const ms = Date.parse(until) - at.getTime();
  return ms > 0 && ms <= LONGEST_DAYS * 86_400_000;
}

/** What of a manager's record tells of being away. */
interface Absence {
  status: string;
  away_until: string | null;
}

/** Whether somebody takes no calls at this moment. */
export function isAway({ status, away_until }: Absence, at: Date): boolean {
  return status === "away" && (away_until === null || Date.parse(away_until) > at.getTime());
}
