import type { ReactNode } from "react";
import { Checkbox, TextField } from "../../../kit/Field";
import { rulesText } from "../../../text/reviewRules";
import { useText } from "../../../text/words";
import type { FormOf } from "./RulePage";
import styles from "./Rules.module.css";

/** What every rule's form begins with: its name, whether it is used, and what its kind adds. */
export function NameAndState({
  draft,
  change,
  errorOf,
  children,
}: FormOf<{ name: string; active: boolean }> & { children: ReactNode }) {
  const t = useText(rulesText);
  return (
    <>
      <TextField
        label={t("name")}
        value={draft.name}
        onChange={(name) => change({ name })}
        error={errorOf("name")}
        isRequired
      />
      <div className={styles.row}>
        {children}
        <Checkbox
          label={t("active")}
          isSelected={draft.active}
          onChange={(active) => change({ active })}
        />
      </div>
    </>
  );
}
