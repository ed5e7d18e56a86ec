import { Label, Radio, RadioGroup } from "react-aria-components";
import styles from "./Choices.module.css";

export interface Choice {
  id: string;
  text: string;
  /** The key that chooses it, shown beside it. */
  hint?: string;
}

export interface ChoicesProps {
  label: string;
  choices: readonly Choice[];
  value: string | null;
  onChange(id: string): void;
  /** For thumbs: the answers to the one question of a form. */
  isLarge?: boolean;
  error?: string | undefined;
}

/** One of a few, all in sight; arrow keys go between them. */
export function Choices({ label, choices, value, onChange, isLarge = false, error }: ChoicesProps) {
  return (
    <RadioGroup className={styles.group} value={value} onChange={onChange}>
      <Label className={styles.label}>{label}</Label>
      <div className={`${styles.choices} ${isLarge ? styles.large : ""}`}>
        {choices.map(({ id, text, hint }) => (
          <Radio key={id} value={id} className={styles.choice}>
            <span>{text}</span>
            {hint !== undefined && <kbd aria-hidden>{hint}</kbd>}
          </Radio>
        ))}
      </div>
      {error !== undefined && (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
    </RadioGroup>
  );
}
