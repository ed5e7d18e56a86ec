import { TextField } from "../../../kit/Field";
import { kindsText } from "../../../text/kinds";
import { useText } from "../../../text/words";
import { SpanField } from "./SpanField";
import type { TimesDraft } from "./times";

export interface TimesFieldsProps {
  times: TimesDraft;
  onChange(changes: Partial<TimesDraft>): void;
  errorOf(field: string): string | undefined;
  isDisabled: boolean;
}

/** By when a task is done, its customer spoken with, its matter closed. */
export function TimesFields({ times, onChange, errorOf, isDisabled }: TimesFieldsProps) {
  const t = useText(kindsText);
  return (
    <>
      <SpanField
        label={t("due")}
        help={t("dueHelp")}
        value={times.due}
        onChange={(due) => onChange({ due })}
        error={errorOf("times.due_s")}
        isDisabled={isDisabled}
      />
      <SpanField
        label={t("contact")}
        help={t("contactHelp")}
        value={times.contact}
        onChange={(contact) => onChange({ contact })}
        error={errorOf("times.contact_s")}
        isDisabled={isDisabled}
      />
      <TextField
        label={t("closeDays")}
        help={t("closeHelp")}
        inputMode="numeric"
        placeholder={t("noTime")}
        value={times.closeDays}
        onChange={(closeDays) => onChange({ closeDays })}
        error={errorOf("times.close_working_days")}
        isDisabled={isDisabled}
      />
    </>
  );
}
