import type { Language } from "../../../text/words";
import type { NewSchedule as Body, Schedule } from "./useSchedules";

/** The days on which a schedule's report may be made: of a week from Monday, of any month. */
export const ONS = {
  week: [1, 2, 3, 4, 5, 6, 7],
  month: Array.from({ length: 28 }, (_, before) => before + 1),
} as const;

/** A weekly workbook of what was done, on Monday morning. */
export function newBody(language: Language): Body {
  return {
    name: "",
    report: "activity",
    period: "week",
    at: "07:30",
    on: 1,
    format: "xlsx",
    language,
    enabled: true,
    filters: { by: [], compare: true },
    mail_to: [],
  };
}

/** A schedule as it is, to be replaced as a whole: what no form asks for stays. */
export function bodyOf(schedule: Schedule): Body {
  const { name, report, period, at, on, format, language, enabled, filters, mail_to, folder } =
    schedule;
  return { name, report, period, at, on, format, language, enabled, filters, mail_to, folder };
}

/** The addresses in a text, between commas, semicolons or blanks of either language. */
export function mailedTo(text: string): string[] {
  return text.split(/[\s,，;；]+/).filter((one) => one !== "");
}
