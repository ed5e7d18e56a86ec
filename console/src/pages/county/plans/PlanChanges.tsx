import { common } from "../../../text/common";
import { planningText, weekdayText } from "../../../text/planning";
import { useText } from "../../../text/words";
import { type Change, listOf, type PlanDraft, type RuleLine, ruleChanges } from "./planDraft";
import styles from "./plans.module.css";
import { useRuleWords } from "./useRuleWords";

/** What of a plan would be other than it is, line by line, in words. */
export function PlanChanges({ before, after }: { before: PlanDraft; after: PlanDraft }) {
  const t = useText(planningText);
  const lines = useRuleLines();
  const shown = useShown();
  const rules = ruleChanges(lines(before), lines(after));
  const others = FIELDS.flatMap(([field, label]): readonly Change[] => {
    const [was, is] = [shown(before[field]), shown(after[field])];
    return was === is ? [] : [{ label: t(label), before: was, after: is }];
  });
  const changes = [...rules.changes, ...others];
  return (
    <section className={styles.part} aria-label={t("changes")}>
      <h3>{t("changes")}</h3>
      {changes.length === 0 && !rules.order && <p className={styles.note}>{t("noChanges")}</p>}
      <ul className={styles.changes}>
        {changes.map((change) => (
          <li key={change.label}>
            <b>{change.label}</b>
            <span>{change.after ?? t("gone")}</span>
            <span className={styles.was}>
              {change.before === null ? t("newRule") : t("wasThere", { before: change.before })}
            </span>
          </li>
        ))}
        {rules.order && (
          <li>
            <b>{t("order")}</b>
            <span>
              {lines(after)
                .map(([who]) => who)
                .join(" → ")}
            </span>
          </li>
        )}
      </ul>
    </section>
  );
}

/** The fields beside the rules, with their words. */
const FIELDS = [
  ["name", "name"],
  ["active", "active"],
  ["visiting_weekdays", "weekdays"],
  ["worked_weekends", "workedWeekends"],
  ["target_per_day", "target"],
  ["capacity_per_day", "capacity"],
  ["day_from", "dayFrom"],
  ["day_until", "dayUntil"],
  ["announce_time", "announceTime"],
  ["announce_same_day_time", "announceSameDay"],
  ["notice_visit", "noticeVisit"],
  ["notice_call", "noticeCall"],
] as const satisfies readonly (readonly [keyof PlanDraft, (typeof planningText.names)[number]])[];

/** Each rule in two texts: whom it is for, and what they get. */
function useRuleLines(): (draft: PlanDraft) => readonly RuleLine[] {
  const { whoOf, cadenceOf, lengthOf, announcedOf } = useRuleWords();
  return ({ rules }) =>
    rules.map(({ classes, tiers, group_ids, cadences }) => {
      const who = { classes: listOf(classes), tiers: listOf(tiers), group_ids: [...group_ids] };
      const rule = { cadences: [...cadences] };
      if (cadences.length === 0) return [whoOf(who), cadenceOf(rule)];
      return [whoOf(who), [cadenceOf(rule), lengthOf(rule), announcedOf(rule)].join(" · ")];
    });
}

function useShown(): (value: PlanDraft[(typeof FIELDS)[number][0]]) => string {
  const c = useText(common);
  const weekday = useText(weekdayText);
  return (value) => {
    if (typeof value === "boolean") return c(value ? "yes" : "no");
    if (typeof value === "string" || typeof value === "number") return String(value) || "–";
    return weekdayText.names
      .filter((day) => value.includes(day))
      .map((day) => weekday(day))
      .join("、");
  };
}
