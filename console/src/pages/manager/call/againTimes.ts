import {
  type CalendarDate,
  now,
  parseDateTime,
  Time,
  toCalendarDate,
  toCalendarDateTime,
  toZoned,
  type ZonedDateTime,
} from "@internationalized/date";

/** When to call again, as one says it. */
export type AgainName =
  | "inAnHour"
  | "thisAfternoon"
  | "tomorrowMorning"
  | "tomorrowAfternoon"
  | "dayAfter"
  | "nextMonday";

export interface AgainTime {
  name: AgainName;
  /** RFC 3339, UTC. */
  at: string;
}

const MORNING = new Time(10);
const AFTERNOON = new Time(15);

/** The times that are offered at this moment, by the clock of `zone`; the first is the default. */
export function againTimes(zone: string, at: ZonedDateTime = now(zone)): AgainTime[] {
  const today = toCalendarDate(at);
  const weekday = weekdayOf(today);
  const found: AgainTime[] = [
    { name: "tomorrowMorning", at: on(today.add({ days: 1 }), MORNING, zone) },
    { name: "tomorrowAfternoon", at: on(today.add({ days: 1 }), AFTERNOON, zone) },
    { name: "inAnHour", at: rounded(at.add({ hours: 1 })).toAbsoluteString() },
  ];
  if (at.hour < 14) found.push({ name: "thisAfternoon", at: on(today, AFTERNOON, zone) });
  found.push({ name: "dayAfter", at: on(today.add({ days: 2 }), MORNING, zone) });
  found.push({ name: "nextMonday", at: on(today.add({ days: 8 - weekday }), MORNING, zone) });
  return found;
}

/** What a `datetime-local` field says, by the clock of `zone`; null: nothing that is a time. */
export function typedTime(text: string, zone: string): string | null {
  try {
    return toZoned(parseDateTime(text), zone).toAbsoluteString();
  } catch {
    return null;
  }
}

function on(day: CalendarDate, time: Time, zone: string): string {
  return toZoned(toCalendarDateTime(day, time), zone).toAbsoluteString();
}

/** To the next five minutes: nobody says 14:03. */
function rounded(at: ZonedDateTime): ZonedDateTime {
  const minutes = (5 - (at.minute % 5)) % 5;
  return at.set({ second: 0, millisecond: 0 }).add({ minutes });
}

/** Monday is 1, Sunday 7. */
function weekdayOf(day: CalendarDate): number {
  const days = day.toDate("UTC").getUTCDay();
  return days === 0 ? 7 : days;
}
