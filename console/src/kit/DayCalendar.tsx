import { ChevronLeft, ChevronRight } from "lucide-react";
import {
  Button,
  Calendar,
  CalendarCell,
  CalendarGrid,
  CalendarGridBody,
  CalendarGridHeader,
  CalendarHeaderCell,
  CalendarHeading,
} from "react-aria-components";
import { kit } from "../text/kit";
import { useText } from "../text/words";
import styles from "./DayCalendar.module.css";

/** A month to choose a day from; inside of a date picker. */
export function DayCalendar() {
  return (
    <Calendar className={styles.calendar} firstDayOfWeek="mon">
      <MonthGrid />
    </Calendar>
  );
}

/** What is inside of a calendar: the month, and how to turn to others. */
export function MonthGrid() {
  const t = useText(kit);
  return (
    <>
      <header className={styles.header}>
        <Button slot="previous" className={styles.turn} aria-label={t("previous")}>
          <ChevronLeft size={18} aria-hidden />
        </Button>
        <CalendarHeading className={styles.heading} />
        <Button slot="next" className={styles.turn} aria-label={t("next")}>
          <ChevronRight size={18} aria-hidden />
        </Button>
      </header>
      <CalendarGrid weekdayStyle="narrow">
        <CalendarGridHeader>
          {(day) => <CalendarHeaderCell className={styles.weekday}>{day}</CalendarHeaderCell>}
        </CalendarGridHeader>
        <CalendarGridBody>
          {(date) => <CalendarCell date={date} className={styles.day} />}
        </CalendarGridBody>
      </CalendarGrid>
    </>
  );
}
