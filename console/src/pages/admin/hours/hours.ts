/**
 * Opening hours as the API writes them (`Mo-Fr 08:30-12:00,14:00-18:00; PH off`) to and from a week
 * that can be drawn. The node's own reader has the last word; what is not understood here stays text.
 */

export const WEEKDAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"] as const;
export type Weekday = (typeof WEEKDAYS)[number];
/** `PH`: public holidays; `WW`: days of a weekend that are worked for a holiday. */
export const SPECIAL = ["PH", "WW"] as const;
export type Special = (typeof SPECIAL)[number];
export type Day = Weekday | Special;

/** Minutes since midnight; `until` may be past 1440, into the next day. */
export interface Span {
  from: number;
  until: number;
}

/** What is open on each day; none: closed. `PH`, `WW` null: as the weekday, as the working day. */
export type Week = Record<Weekday, readonly Span[]> & Record<Special, readonly Span[] | null>;

export const DAY_MIN = 1440;
const MOST_MIN = 2 * DAY_MIN;

const CLOSED = /^(off|closed|休息|关闭)$/i;
const WHOLE = /^(24\/7|全天)$/i;
const TIME = /^(\d{1,2})(?::?(\d{2}))?$/;

const NAMES: readonly [Day, string][] = [
  ["Mo", "mo|mon|monday|周一|星期一|礼拜一"],
  ["Tu", "tu|tue|tuesday|周二|星期二|礼拜二"],
  ["We", "we|wed|wednesday|周三|星期三|礼拜三"],
  ["Th", "th|thu|thursday|周四|星期四|礼拜四"],
  ["Fr", "fr|fri|friday|周五|星期五|礼拜五"],
  ["Sa", "sa|sat|saturday|周六|星期六|礼拜六"],
  ["Su", "su|sun|sunday|周日|周天|星期日|星期天|礼拜天|礼拜日"],
  ["PH", "ph|节假日|法定节假日"],
  ["WW", "ww|调休"],
];
const DAY_OF = new Map(
  NAMES.flatMap(([day, names]) => names.split("|").map((name) => [name, day])),
);
const SHORT_CHINESE = "一二三四五六日";
const SETS: Readonly<Record<string, readonly Day[]>> = {
  工作日: ["Mo", "Tu", "We", "Th", "Fr"],
  周末: ["Sa", "Su"],
  每天: WEEKDAYS,
};
const FIRST_TIME =
  /(^|\s|[一二三四五六日末天班休])(\d{1,2}(?::\d{2})?\s*[-–~至]|24\/7|全天|off\b|closed\b|休息|关闭)/i;

export function closedWeek(): Week {
  return { Mo: [], Tu: [], We: [], Th: [], Fr: [], Sa: [], Su: [], PH: null, WW: null };
}

/** Read a text; null where it says something that a week like this can't. */
export function weekOf(text: string): Week | null {
  const week = closedWeek();
  const rules = normal(text)
    .split(";")
    .map((rule) => rule.trim());
  for (const rule of rules.filter((one) => one !== "")) {
    const parts = partsOf(rule);
    const days = parts === null ? null : daysOf(parts.days);
    const spans = parts === null ? null : spansOf(parts.times);
    if (days === null || spans === null) return null;
    for (const day of days) week[day] = spans;
  }
  return week;
}

/** Write a week; days of the same hours in a row stand together. */
export function textOfWeek(week: Week): string {
  const rules: string[] = [];
  let first = 0;
  for (let place = 1; place <= WEEKDAYS.length; place += 1) {
    const spans = week[WEEKDAYS[first] ?? "Mo"];
    const next = WEEKDAYS[place];
    if (next !== undefined && textOfSpans(week[next]) === textOfSpans(spans)) continue;
    if (spans.length > 0) rules.push(`${range(first, place - 1)} ${textOfSpans(spans)}`);
    first = place;
  }
  for (const day of SPECIAL) {
    const spans = week[day];
    if (spans !== null) rules.push(`${day} ${textOfSpans(spans)}`);
  }
  return rules.length === 0 ? "Mo-Su off" : rules.join("; ");
}

/** 8:30, 0830 or 8 as minutes; null for no time of a day. */
export function minutesOf(text: string): number | null {
  const found = TIME.exec(text.trim().replace("：", ":"));
  if (found === null) return null;
  const minutes = Number(found[1]) * 60 + Number(found[2] ?? 0);
  return Number(found[2] ?? 0) < 60 && minutes <= MOST_MIN ? minutes : null;
}

export function clockOf(minutes: number): string {
  const hours = String(Math.floor(minutes / 60)).padStart(2, "0");
  return `${hours}:${String(minutes % 60).padStart(2, "0")}`;
}

function normal(text: string): string {
  return text
    .replaceAll("；", ";")
    .replaceAll("，", ",")
    .replaceAll("、", ",")
    .replaceAll("：", ":")
    .replaceAll(/[–~]/g, "-");
}

function partsOf(rule: string): { days: string; times: string } | null {
  const found = FIRST_TIME.exec(rule);
  if (found === null) return null;
  const at = found.index + (found[1]?.length ?? 0);
  return { days: rule.slice(0, at).trim(), times: rule.slice(at).trim() };
}

function daysOf(text: string): readonly Day[] | null {
  if (text === "") return WEEKDAYS;
  const days: Day[] = [];
  for (const part of text.split(",").map((one) => one.trim())) {
    const found = SETS[part] ?? rangeOf(part);
    if (found === null) return null;
    days.push(...found);
  }
  return days;
}

function rangeOf(part: string): readonly Day[] | null {
  const [from = "", until, ...more] = part.split(/[-至到]/).map((one) => one.trim());
  const first = dayOf(from);
  if (first === null || more.length > 0) return null;
  if (until === undefined) return [first];
  const last = dayOf(until);
  const start = indexOf(first);
  const end = indexOf(last);
  if (start < 0 || end < 0) return null;
  const count = ((end - start + 7) % 7) + 1;
  return Array.from({ length: count }, (_, at) => WEEKDAYS[(start + at) % 7] ?? "Mo");
}

/** The place of a weekday; -1 for other days. */
function indexOf(day: Day | null): number {
  return day === null ? -1 : (WEEKDAYS as readonly Day[]).indexOf(day);
}

function dayOf(text: string): Day | null {
  const short = SHORT_CHINESE.indexOf(text);
  if (text.length === 1 && short >= 0) return WEEKDAYS[short] ?? null;
  return DAY_OF.get(text.toLowerCase()) ?? null;
}

function spansOf(text: string): readonly Span[] | null {
  if (CLOSED.test(text)) return [];
  if (WHOLE.test(text)) return [{ from: 0, until: DAY_MIN }];
  const spans: Span[] = [];
  for (const part of text.split(",")) {
    const [start = "", end = "", ...more] = part.split(/[-至]/);
    const from = minutesOf(start);
    const until = minutesOf(end);
    if (from === null || until === null || more.length > 0 || from >= DAY_MIN) return null;
    spans.push({ from, until: until <= from ? until + DAY_MIN : until });
  }
  return spans;
}

function textOfSpans(spans: readonly Span[]): string {
  if (spans.length === 0) return "off";
  return spans.map(({ from, until }) => `${clockOf(from)}-${clockOf(until)}`).join(",");
}

function range(first: number, last: number): string {
  const from = WEEKDAYS[first] ?? "Mo";
  return first === last ? from : `${from}-${WEEKDAYS[last] ?? from}`;
}
