import { useMemo } from "react";
import { type Language, localeOf, useLanguage } from "../text/words";

/** How moments, spans and amounts are written in a language. Times are of `timeZone`. */
export interface Format {
  /** 14:05 */
  time(at: string | null): string;
  /** 11月22日 / 22 Nov */
  date(at: string | null): string;
  /** 11月22日 14:05 / 22 Nov, 14:05 */
  dateTime(at: string | null): string;
  /** 2026年11月 / Nov 2026; of a month such as 2026-11. */
  month(of: string): string;
  /** 11月1日 – 11月30日; of a span that ends before `until`, a single day by itself. */
  days(from: string, until: string): string;
  /** 3分钟前 / 3 minutes ago; for what is near, else the date. */
  relative(at: string | null, now?: Date): string;
  /** 1:05, 1:02:05; of seconds. */
  clock(seconds: number | null): string;
  /** 2 小时 5 分 / 2 h 5 min; of seconds, which have `digits` below a minute. */
  span(seconds: number | null, digits?: number): string;
  number(value: number | null, digits?: number): string;
  /** 0.153 → 15.3% */
  percent(share: number | null): string;
  bytes(value: number | null): string;
}

const NOTHING = "–";
const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

export function formatOf(language: Language, timeZone?: string): Format {
  const locale = localeOf(language);
  const zone = timeZone === undefined ? {} : { timeZone };
  const time = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", ...zone });
  const date = new Intl.DateTimeFormat(locale, { month: "short", day: "numeric", ...zone });
  const dated = new Intl.DateTimeFormat(locale, { dateStyle: "medium", ...zone });
  const month = new Intl.DateTimeFormat(locale, {
    year: "numeric",
    month: "short",
    timeZone: "UTC",
  });
  const year = new Intl.DateTimeFormat("en", { year: "numeric", ...zone });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const day = (at: Date): string =>
    year.format(at) === year.format(new Date()) ? date.format(at) : dated.format(at);
  const moment =
    (write: (at: Date) => string) =>
    (at: string | null): string =>
      at === null ? NOTHING : write(new Date(at));
  const dateTime = moment((at) => `${day(at)} ${time.format(at)}`);
  return {
    time: moment((at) => time.format(at)),
    date: moment(day),
    dateTime,
    month(of) {
      const first = new Date(`${of}-01T00:00:00Z`);
      return Number.isNaN(first.getTime()) ? of : month.format(first);
    },
    days(from, until) {
      const first = day(new Date(from));
      const last = day(new Date(Math.max(Date.parse(from), Date.parse(until) - 1)));
      return first === last ? first : `${first} – ${last}`;
    },
    relative(at, now = new Date()) {
      if (at === null) return NOTHING;
      const seconds = Math.round((Date.parse(at) - now.getTime()) / 1000);
      const away = Math.abs(seconds);
      if (away < MINUTE_S) return relative.format(0, "minute");
      if (away < HOUR_S) return relative.format(Math.round(seconds / MINUTE_S), "minute");
      if (away < DAY_S) return relative.format(Math.round(seconds / HOUR_S), "hour");
      return dateTime(at);
    },
    clock: (seconds) => (seconds === null ? NOTHING : clockOf(seconds)),
    span: (seconds, digits = 0) => (seconds === null ? NOTHING : spanOf(seconds, language, digits)),
    number: (value, digits = 0) =>
      value === null
        ? NOTHING
        : new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value),
    percent: (share) => (share === null ? NOTHING : percent.format(share)),
    bytes: (value) => (value === null ? NOTHING : bytesOf(value, locale)),
  };
}

/** The format of the page's language; in the browser's time zone unless one is given. */
export function useFormat(timeZone?: string): Format {
  const language = useLanguage();
  return useMemo(() => formatOf(language, timeZone), [language, timeZone]);
}

function clockOf(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / HOUR_S);
  const minutes = Math.floor((whole % HOUR_S) / MINUTE_S);
  const rest = String(whole % MINUTE_S).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

function spanOf(seconds: number, language: Language, digits: number): string {
  const [h, min, s] = language === "zh" ? [" 小时", " 分", " 秒"] : [" h", " min", " s"];
  if (Math.round(seconds) < MINUTE_S) return `${Number(seconds.toFixed(digits))}${s}`;
  // Rounded as a whole: an hour has no sixtieth minute.
  const inAll = Math.round(seconds / MINUTE_S);
  const hours = Math.floor(inAll / 60);
  const minutes = inAll % 60;
  if (hours === 0) return `${minutes}${min}`;
  return minutes === 0 ? `${hours}${h}` : `${hours}${h} ${minutes}${min}`;
}

function bytesOf(value: number, locale: string): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  const place = value < 1 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), units.length - 1);
  const amount = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  return `${amount.format(value / 1000 ** place)} ${units[place]}`;
}
