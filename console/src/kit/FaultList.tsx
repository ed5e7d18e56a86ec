import { useEffect } from "react";
import type { FieldProblem } from "../api/problem";
import { common } from "../text/common";
import { useText } from "../text/words";
import styles from "./States.module.css";
import { useFaultText, useFieldName } from "./useFaultText";

export interface FaultListProps {
  faults: readonly FieldProblem[];
  /** It comes after what it stands in, and makes that longer. */
  onDrawn(): void;
}

/** What is wrong with fields that stand nowhere on the page. */
export default function FaultList({ faults, onDrawn }: FaultListProps) {
  useEffect(onDrawn, [onDrawn]);
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
