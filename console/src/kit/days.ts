import {
  CalendarDate,
  endOfMonth,
  parseAbsolute,
  parseDate,
  startOfMonth,
  toCalendarDate,
  today,
  toZoned,
} from "@internationalized/date";

/** Days from one to another, both of them included, as `2026-11-22`. */
export interface DayRange {
  from: string;
  to: string;
}

/** Moments as the API takes them: `from` inclusive, `until` exclusive, RFC 3339. */
export interface Span {
  from: string;
  until: string;
}

/** What is asked for most, each as of `now` where the group is. */
export const PRESETS = [
  "today",
  "yesterday",
  "thisWeek",
  "lastWeek",
  "thisMonth",
  "lastMonth",
] as const;
export type Preset = (typeof PRESETS)[number];

/** The zone of the browser: what is shown without a group's. */
export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The days of a preset. Weeks begin on Monday (GB/T 7408, ISO 8601). */
export function daysOf(
  preset: Preset,
  zone = browserZone(),
  now: CalendarDate = today(zone),
): DayRange {
  const monday = now.subtract({ days: (weekday(now) + 6) % 7 });
  switch (preset) {
    case "today":
      return range(now, now);
    case "yesterday":
      return range(now.subtract({ days: 1 }), now.subtract({ days: 1 }));
    case "thisWeek":
      return range(monday, monday.add({ days: 6 }));
    case "lastWeek":
      return range(monday.subtract({ days: 7 }), monday.subtract({ days: 1 }));
    case "thisMonth":
      return range(startOfMonth(now), endOfMonth(now));
    case "lastMonth": {
      const last = now.subtract({ months: 1 });
      return range(startOfMonth(last), endOfMonth(last));
    }
  }
}

/** The moments of these days in a zone, midnight to midnight, whatever its clocks do meanwhile. */
export function spanOf({ from, to }: DayRange, zone = browserZone()): Span {
  return {
    from: midnight(parseDate(from), zone),
    until: midnight(parseDate(to).add({ days: 1 }), zone),
  };
}

/** The day that a moment belongs to in a zone. */
export function dayOf(at: string, zone = browserZone()): string {
  return toCalendarDate(parseAbsolute(at, zone)).toString();
}

/** Days from what stands in an address; null for what is none. */
export function parseDays(text: string): DayRange | null {
  const [from = "", to = ""] = text.split("..");
  return isDay(from) && isDay(to) && from <= to ? { from, to } : null;
}

/** Days as they stand in an address: `2026-11-01..2026-11-30`. */
export function writeDays({ from, to }: DayRange): string {
  return `${from}..${to}`;
}

function isDay(text: string): boolean {
  try {
    return parseDate(text).toString() === text;
  } catch {
    return false;
  }
}

function midnight(day: CalendarDate, zone: string): string {
  return toZoned(new CalendarDate(day.year, day.month, day.day), zone)
    .toDate()
    .toISOString();
}

function range(from: CalendarDate, to: CalendarDate): DayRange {
  return { from: from.toString(), to: to.toString() };
}

function weekday(day: CalendarDate): number {
  return day.toDate("UTC").getUTCDay();
}
