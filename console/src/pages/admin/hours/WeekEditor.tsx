import { Button } from "../../../kit/Button";
import { directoryText } from "../../../text/directory";
import { useText } from "../../../text/words";
import editorStyles from "../editor/editor.module.css";
import { DayRow } from "./DayRow";
import { type Day, SPECIAL, type Span, WEEKDAYS, type Week } from "./hours";
import styles from "./hours.module.css";

/** A week, day by day, and the days that are not like others. */
export function WeekEditor({ week, onChange }: { week: Week; onChange(week: Week): void }) {
  const t = useText(directoryText);
  const put = (day: Day, spans: readonly Span[] | null): void =>
    onChange({ ...week, [day]: spans });
  const copy = (): void =>
    onChange({ ...week, Tu: week.Mo, We: week.Mo, Th: week.Mo, Fr: week.Mo });
  return (
    <div className={styles.week}>
      {WEEKDAYS.map((day) => (
        <DayRow key={day} day={day} spans={week[day]} onChange={(spans) => put(day, spans)} />
      ))}
      {SPECIAL.map((day) => (
        <DayRow
          key={day}
          day={day}
          spans={week[day]}
          onChange={(spans) => put(day, spans)}
          isSpecial
        />
      ))}
      <div className={editorStyles.toStart}>
        <Button look="quiet" onPress={copy}>
          {t("hoursCopy")}
        </Button>
      </div>
    </div>
  );
}
