import { TextField } from "../../../kit/Field";
import { kindsText } from "../../../text/kinds";
import { useText } from "../../../text/words";
import type { Names } from "./typeDraft";

export interface NameFieldsProps {
  names: Names;
  onChange(names: Names): void;
  error?: string | undefined;
  isDisabled?: boolean;
  /** A row of a table: the heads of its columns say what they are. */
  hideLabels?: boolean;
  /** It is new: the keyboard goes there. */
  autoFocus?: boolean;
}

/** What something is called in both languages; names in others stay as they are. */
export function NameFields({
  names,
  onChange,
  error,
  isDisabled = false,
  hideLabels = false,
  autoFocus = false,
}: NameFieldsProps) {
  const t = useText(kindsText);
  return (
    <>
      <TextField
        label={t("nameZh")}
        hideLabel={hideLabels}
        value={names.zh ?? ""}
        onChange={(zh) => onChange({ ...names, zh })}
        error={error}
        isDisabled={isDisabled}
        autoFocus={autoFocus}
      />
      <TextField
        label={t("nameEn")}
        hideLabel={hideLabels}
        value={names.en ?? ""}
        onChange={(en) => onChange({ ...names, en })}
        isDisabled={isDisabled}
      />
    </>
  );
}
