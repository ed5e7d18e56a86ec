import { Check } from "lucide-react";
import { Checkbox as AriaCheckbox } from "react-aria-components";
import styles from "./Field.module.css";

/** The box of a row, or of all: it gets its name and state from the table around it. */
export function Checkbox() {
  return (
    <AriaCheckbox slot="selection" className={styles.toggle}>
      {({ isSelected, isIndeterminate }) => (
        <span className={styles.box} aria-hidden>
          {isIndeterminate ? "–" : isSelected && <Check size={14} />}
        </span>
      )}
    </AriaCheckbox>
  );
}
