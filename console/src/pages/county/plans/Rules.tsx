import { useGroups } from "../../../api/directory";
import { Card } from "../../../kit/Card";
import { countyText } from "../../../text/county";
import { classText } from "../../../text/manager";
import { isWord, useText } from "../../../text/words";
import styles from "./plans.module.css";
import type { Plan } from "./usePlans";

/** Who is contacted how often; of several rules the first that fits holds. */
export function Rules({ plan }: { plan: Plan }) {
  const t = useText(countyText);
  const className = useText(classText);
  const { nameOf } = useGroups();
  const whoOf = ({ classes, tiers, group_ids }: Plan["rules"][number]["who"]): string => {
    // A class may be named by its code and by its word: it is one class all the same.
    const named = classes.map((one) => (isWord(classText, one) ? className(one) : one));
    const parts = new Set([...named, ...tiers, ...group_ids.map(nameOf)]);
    return parts.size === 0 ? t("everybodyElse") : [...parts].join("、");
  };
  const announced = (days: number | null): string => {
    if (days === null) return t("notAnnounced");
    return days === 0 ? t("sameDay") : t("daysAhead", { count: days });
  };
  return (
    <Card title={t("rules")} detail={t("rulesDetail")} isFlush>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too */}
      <section className={styles.scroll} aria-label={t("rules")} tabIndex={0}>
        <table className={styles.rules}>
          <thead>
            <tr>
              <th scope="col">{t("customers")}</th>
              <th scope="col">{t("cadence")}</th>
              <th scope="col">{t("length")}</th>
              <th scope="col">{t("announced")}</th>
            </tr>
          </thead>
          <tbody>
            {plan.rules.map((rule, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a rule is known by its place
              <tr key={place}>
                <th scope="row">{whoOf(rule.who)}</th>
                <td>
                  {rule.cadences.length === 0
                    ? t("whenSomethingHappens")
                    : rule.cadences
                        .map(({ every, channel }) =>
                          t(`every_${every.unit}`, {
                            count: every.count,
                            what: t(`channel_${channel}`),
                          }),
                        )
                        .join(t("and"))}
                </td>
                <td>
                  {rule.cadences
                    .map(({ length_min }) => t("minutes", { count: length_min }))
                    .join("、") || "–"}
                </td>
                <td>
                  {[
                    ...new Set(rule.cadences.map(({ notice_days }) => announced(notice_days))),
                  ].join("、") || "–"}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Card>
  );
}
