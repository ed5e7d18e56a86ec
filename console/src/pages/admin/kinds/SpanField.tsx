import { Select, TextField } from "../../../kit/Field";
import { kindsText } from "../../../text/kinds";
import { useText } from "../../../text/words";
import styles from "./kinds.module.css";
import { type SpanDraft, UNITS } from "./span";

export interface SpanFieldProps {
  label: string;
  help?: string;
  value: SpanDraft;
  onChange(value: SpanDraft): void;
  error?: string | undefined;
  isDisabled?: boolean;
}

/** An amount and its unit; empty: none. */
export function SpanField({ label, help, value, onChange, error, isDisabled }: SpanFieldProps) {
  const t = useText(kindsText);
  return (
    <div className={styles.span}>
      <TextField
        label={label}
        inputMode="decimal"
        placeholder={t("noTime")}
        value={value.amount}
        onChange={(amount) => onChange({ ...value, amount })}
        error={error}
        isDisabled={isDisabled ?? false}
        {...(help === undefined ? {} : { help })}
      />
      <div className={styles.unit}>
        <Select
          label={t("unitOf", { name: label })}
          hideLabel
          value={value.unit}
          onChange={(unit) => onChange({ ...value, unit })}
          options={UNITS.map((id) => ({ id, text: t(`unit_${id}`) }))}
          isDisabled={isDisabled ?? false}
        />
      </div>
    </div>
  );
}
