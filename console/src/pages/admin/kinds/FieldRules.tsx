import type { Schema } from "../../../api/client";
import { Checkbox, Select, TextField } from "../../../kit/Field";
import { useIsPhone } from "../../../kit/useMedia";
import { kindsText } from "../../../text/kinds";
import { useText } from "../../../text/words";
import styles from "./kinds.module.css";
import { NameFields } from "./NameFields";
import { RuleRows } from "./RuleRows";
import { type FieldRow, newField } from "./typeDraft";

const FIELD_KINDS: readonly Schema<"FieldKind">[] = ["text", "number", "date", "boolean", "choice"];
const MOST_FIELDS = 50;

export interface FieldRulesProps {
  rows: readonly FieldRow[];
  onChange(rows: readonly FieldRow[]): void;
  errorOf(field: string): string | undefined;
  isDisabled: boolean;
}

/** What tasks of a type hold besides their customer: a line each. */
export function FieldRules({ rows, onChange, errorOf, isDisabled }: FieldRulesProps) {
  const t = useText(kindsText);
  const isPhone = useIsPhone();
  return (
    <RuleRows
      title={t("fields")}
      help={t("fieldsHelp")}
      heads={[t("nameZh"), t("nameEn"), t("code"), t("fieldKind"), t("isRequired")]}
      columns={styles.fields}
      rows={rows}
      onChange={onChange}
      make={newField}
      most={MOST_FIELDS}
      addLabel={t("addField")}
      rowLabel={(place) => t("fieldPlace", { place })}
      removeLabel={(place) => t("removeField", { place })}
      isDisabled={isDisabled}
      below={({ row, at, put }) =>
        row.kind === "choice" && (
          <div className={styles.choices}>
            <TextField
              label={t("choices")}
              help={t("choicesHelp")}
              value={row.choices}
              onChange={(choices) => put({ choices })}
              error={errorOf(`fields.${at}.choices`)}
              isDisabled={isDisabled}
            />
          </div>
        )
      }
    >
      {({ row, at, put, isNew }) => (
        <>
          <NameFields
            names={row.names}
            onChange={(names) => put({ names })}
            error={errorOf(`fields.${at}.names`)}
            isDisabled={isDisabled}
            hideLabels={!isPhone}
            autoFocus={isNew}
          />
          <TextField
            label={t("code")}
            hideLabel={!isPhone}
            value={row.name}
            onChange={(name) => put({ name })}
            error={errorOf(`fields.${at}.name`)}
            isDisabled={isDisabled}
          />
          <Select
            label={t("fieldKind")}
            hideLabel={!isPhone}
            value={row.kind}
            onChange={(kind) => put({ kind })}
            options={FIELD_KINDS.map((id) => ({ id, text: t(`fieldKind_${id}`) }))}
            error={errorOf(`fields.${at}.kind`)}
            isDisabled={isDisabled}
          />
          <Checkbox
            label={t("isRequired")}
            hideLabel={!isPhone}
            isSelected={row.is_required}
            onChange={(is_required) => put({ is_required })}
            isDisabled={isDisabled}
          />
        </>
      )}
    </RuleRows>
  );
}
