import { Group } from "react-aria-components";
import { AmountField } from "../../../kit/AmountField";
import { Checkbox, TextField } from "../../../kit/Field";
import { planningText, weekdayText } from "../../../text/planning";
import { useText } from "../../../text/words";
import type { PlanDraft } from "./planDraft";
import styles from "./plans.module.css";

export interface PartProps {
  draft: PlanDraft;
  change(changes: Partial<PlanDraft>): void;
  errorOf(field: string): string | undefined;
}

/** On which days customers are contacted, how many a day, between when. */
export function DayFields({ draft, change, errorOf }: PartProps) {
  const t = useText(planningText);
  const weekday = useText(weekdayText);
  const { visiting_weekdays: days } = draft;
  const error = days.length === 0 ? t("weekdayNeeded") : errorOf("visiting_weekdays");
  return (
    <section className={styles.part} aria-label={t("days")}>
      <h3>{t("days")}</h3>
      <Group className={styles.weekdays} aria-label={t("weekdays")}>
        <span aria-hidden>{t("weekdays")}</span>
        <div className={styles.inLine}>
          {weekdayText.names.map((day) => (
            <Checkbox
              key={day}
              label={weekday(day)}
              isSelected={days.includes(day)}
              onChange={(isOn) =>
                change({
                  visiting_weekdays: isOn ? [...days, day] : days.filter((one) => one !== day),
                })
              }
            />
          ))}
        </div>
        {error !== undefined && (
          <p className={styles.error} role="alert">
            {error}
          </p>
        )}
      </Group>
      <Checkbox
        label={t("workedWeekends")}
        isSelected={draft.worked_weekends}
        onChange={(worked_weekends) => change({ worked_weekends })}
      />
      <div className={styles.who}>
        <AmountField
          label={t("target")}
          help={t("targetHelp")}
          value={draft.target_per_day}
          onChange={(target_per_day) => change({ target_per_day })}
          error={errorOf("target_per_day")}
        />
        <AmountField
          label={t("capacity")}
          value={draft.capacity_per_day}
          onChange={(capacity_per_day) => change({ capacity_per_day })}
          error={errorOf("capacity_per_day")}
        />
        <TextField
          maxLength={5}
          placeholder="09:00"
          label={t("dayFrom")}
          value={draft.day_from}
          onChange={(day_from) => change({ day_from })}
          error={errorOf("day_from")}
        />
        <TextField
          maxLength={5}
          placeholder="09:00"
          label={t("dayUntil")}
          value={draft.day_until}
          onChange={(day_until) => change({ day_until })}
          error={errorOf("day_until")}
        />
      </div>
    </section>
  );
}

/** When and in which words customers are told ahead. */
export function NoticeFields({ draft, change, errorOf }: PartProps) {
  const t = useText(planningText);
  return (
    <section className={styles.part} aria-label={t("notices")}>
      <h3>{t("notices")}</h3>
      <div className={styles.who}>
        <TextField
          maxLength={5}
          placeholder="09:00"
          label={t("announceTime")}
          value={draft.announce_time}
          onChange={(announce_time) => change({ announce_time })}
          error={errorOf("announce_time")}
        />
        <TextField
          maxLength={5}
          placeholder="09:00"
          label={t("announceSameDay")}
          value={draft.announce_same_day_time}
          onChange={(announce_same_day_time) => change({ announce_same_day_time })}
          error={errorOf("announce_same_day_time")}
        />
      </div>
      <TextField
        label={t("noticeVisit")}
        help={t("noticeHelp")}
        rows={2}
        maxLength={500}
        value={draft.notice_visit}
        onChange={(notice_visit) => change({ notice_visit })}
        error={errorOf("notice_visit")}
      />
      <TextField
        label={t("noticeCall")}
        rows={2}
        maxLength={500}
        value={draft.notice_call}
        onChange={(notice_call) => change({ notice_call })}
        error={errorOf("notice_call")}
      />
    </section>
  );
}
