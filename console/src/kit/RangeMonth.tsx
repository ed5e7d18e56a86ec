import { parseDate } from "@internationalized/date";
import { RangeCalendar } from "react-aria-components";
import { MonthGrid } from "./DayCalendar";
import calendar from "./DayCalendar.module.css";
import type { DayRange } from "./days";

/** A month to choose first and last day from; inside of a `DateRange`. */
export default function RangeMonth({
  label,
  value,
  onChange,
}: {
  label: string;
  value: DayRange | null;
  onChange(value: DayRange): void;
}) {
  return (
    <RangeCalendar
      aria-label={label}
      className={calendar.calendar}
      firstDayOfWeek="mon"
      value={value === null ? null : { start: parseDate(value.from), end: parseDate(value.to) }}
      onChange={({ start, end }) => onChange({ from: start.toString(), to: end.toString() })}
    >
      <MonthGrid />
    </RangeCalendar>
  );
}
