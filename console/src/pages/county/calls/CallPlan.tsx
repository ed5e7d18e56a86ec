import { useGroups, useManagers } from "../../../api/directory";
import { Card } from "../../../kit/Card";
import { callCodes } from "../../../text/calls";
import { countyText } from "../../../text/county";
import { isWord, useText } from "../../../text/words";
import type { Call } from "../board/live-calls";
import styles from "./calls.module.css";

/** Who was to be rung, in which order, and why it came as it did; nothing for a plain dial. */
export function CallPlan({ call }: { call: Call }) {
  const t = useText(countyText);
  const code = useText(callCodes);
  const managers = useManagers();
  const groups = useGroups();
  const say = (value: string): string => (isWord(callCodes, value) ? code(value) : value);
  const target = (id: string | null): string => {
    if (id === null) return "";
    if (managers.managers.some((one) => one.id === id)) return managers.nameOf(id);
    return groups.groups.some((one) => one.id === id) ? groups.nameOf(id) : id;
  };
  if (call.plan.length === 0) return null;
  return (
    <Card title={t("plan")}>
      <ol className={styles.steps}>
        {call.plan.map((step, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a step is known by its place
          <li key={place} className={styles.step}>
            <span className={styles.stepAt}>{t("stepNumber", { number: place + 1 })}</span>
            <span>
              <b>{say(step.step)}</b> {target(step.target)}
            </span>
            <span>{step.result === null ? t("underWay") : say(step.result)}</span>
            {step.reason !== null && <span className={styles.why}>{say(step.reason)}</span>}
          </li>
        ))}
      </ol>
    </Card>
  );
}
