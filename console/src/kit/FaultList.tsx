import type { FieldProblem } from "../api/problem";
import { common } from "../text/common";
import { useText } from "../text/words";
import styles from "./States.module.css";
import { useFaultText, useFieldName } from "./useFaultText";

/** What is wrong with fields that stand nowhere on the page. */
export default function FaultList({ faults }: { faults: readonly FieldProblem[] }) {
  const t = useText(common);
  const say = useFaultText();
  const nameOf = useFieldName();
  return (
    <ul className={styles.faults}>
      {faults.map((fault) => (
        <li key={`${fault.field} ${fault.message}`}>
          {t("labelled", { label: nameOf(fault.field), value: say(fault) })}
        </li>
      ))}
    </ul>
  );
}
