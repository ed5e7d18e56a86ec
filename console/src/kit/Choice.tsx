import { Label, Radio, RadioGroup } from "react-aria-components";
import styles from "./Choice.module.css";
import type { Option } from "./Field";
import fieldStyles from "./Field.module.css";

export interface ChoiceProps<Id extends string> {
  label: string;
  options: readonly Option<Id>[];
  value: Id;
  onChange(value: Id): void;
  hideLabel?: boolean;
  isDisabled?: boolean;
  /** `cards`: below each other, each with its detail; for what needs to be explained. */
  look?: "row" | "cards";
}

/** One of two to five, all of them in sight; arrow keys choose. */
export function Choice<Id extends string>({
  label,
  options,
  value,
  onChange,
  hideLabel = false,
  isDisabled = false,
  look = "row",
}: ChoiceProps<Id>) {
  return (
    <RadioGroup
      className={fieldStyles.field}
      value={value}
      isDisabled={isDisabled}
      onChange={(id) => {
        const chosen = options.find((option) => option.id === id);
        if (chosen !== undefined) onChange(chosen.id);
      }}
    >
      <Label className={hideLabel ? "sr-only" : fieldStyles.label}>{label}</Label>
      <div className={styles[look]}>
        {options.map(({ id, text, detail }) => (
          <Radio key={id} value={id} className={styles.option}>
            <span>{text}</span>
            {detail !== undefined && look === "cards" && (
              <span className={fieldStyles.help}>{detail}</span>
            )}
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
