import { Check } from "lucide-react";
import { Checkbox } from "react-aria-components";
import styles from "../Field.module.css";

/** The box that chooses a row, or all; Space on the row does the same, so Tab passes it by. */
export function RowBox({
  label,
  isSelected,
  isSome = false,
  onChange,
}: {
  label: string;
  isSelected: boolean;
  /** Some of the rows are chosen. */
  isSome?: boolean;
  onChange(): void;
}) {
  return (
    <Checkbox
      aria-label={label}
      className={styles.toggle}
      excludeFromTabOrder
      isSelected={isSelected}
      isIndeterminate={isSome}
      onChange={onChange}
    >
      <span className={styles.box} aria-hidden>
        {isSome ? "–" : isSelected && <Check size={14} />}
      </span>
    </Checkbox>
  );
}
