import { Pencil } from "lucide-react";
import { Button } from "../../../kit/Button";
import { Card } from "../../../kit/Card";
import { countyText } from "../../../text/county";
import { planningText } from "../../../text/planning";
import { useText } from "../../../text/words";
import styles from "./plans.module.css";
import type { Plan } from "./usePlans";
import { useRuleWords } from "./useRuleWords";

/** Who is contacted how often; of several rules the first that fits holds. */
export function Rules({
  plan,
  onEdit,
}: {
  plan: Plan;
  /** Null: whoever sits here may not. */
  onEdit: (() => void) | null;
}) {
  const t = useText(countyText);
  const p = useText(planningText);
  const { whoOf, cadenceOf, lengthOf, announcedOf } = useRuleWords();
  return (
    <Card
      title={t("rules")}
      detail={t("rulesDetail")}
      isFlush
      actions={
        onEdit !== null && (
          <Button icon={Pencil} onPress={onEdit}>
            {p("edit")}
          </Button>
        )
      }
    >
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
                <td>{cadenceOf(rule)}</td>
                <td>{lengthOf(rule)}</td>
                <td>{announcedOf(rule)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Card>
  );
}
