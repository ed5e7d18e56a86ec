import { Plus, X } from "lucide-react";
import { Group } from "react-aria-components";
import type { Schema } from "../../../api/client";
import { Button } from "../../../kit/Button";
import { Checkbox, Select, TextField } from "../../../kit/Field";
import { useIsPhone } from "../../../kit/useMedia";
import { kindsText } from "../../../text/kinds";
import { useText } from "../../../text/words";
import editorStyles from "../editor/editor.module.css";
import styles from "./kinds.module.css";
import { NameFields } from "./NameFields";
import { type FieldRow, newField } from "./typeDraft";
import { useRows } from "./useRows";

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
  const { put, add, remove, added, adder } = useRows(rows, onChange, newField);
  return (
    <section className={editorStyles.part}>
      <h3 className={editorStyles.partTitle}>{t("fields")}</h3>
      <p className={editorStyles.help}>{t("fieldsHelp")}</p>
      {rows.length > 0 && (
        <div className={`${styles.heads} ${styles.fields}`} aria-hidden>
          <span>{t("nameZh")}</span>
          <span>{t("nameEn")}</span>
          <span>{t("code")}</span>
          <span>{t("fieldKind")}</span>
          <span>{t("isRequired")}</span>
        </div>
      )}
      {rows.map((row, at) => (
        <Row
          key={row.id}
          row={row}
          place={at + 1}
          put={(changes) => put(row.id, changes)}
          onRemove={() => remove(row.id)}
          errorOf={(field) => errorOf(`fields.${at}.${field}`)}
          isDisabled={isDisabled}
          isNew={row.id === added}
        />
      ))}
      {!isDisabled && (
        <div className={editorStyles.toStart}>
          <Button
            icon={Plus}
            look="quiet"
            isDisabled={rows.length >= MOST_FIELDS}
            onPress={add}
            ref={adder}
          >
            {t("addField")}
          </Button>
        </div>
      )}
    </section>
  );
}

interface RowProps {
  row: FieldRow;
  /** The first is 1. */
  place: number;
  put(changes: Partial<FieldRow>): void;
  onRemove(): void;
  errorOf(field: string): string | undefined;
  isDisabled: boolean;
  isNew: boolean;
}

function Row({ row, place, put, onRemove, errorOf, isDisabled, isNew }: RowProps) {
  const t = useText(kindsText);
  const isPhone = useIsPhone();
  return (
    <Group className={`${styles.ruleRow} ${styles.fields}`} aria-label={t("fieldPlace", { place })}>
      <NameFields
        names={row.names}
        onChange={(names) => put({ names })}
        error={errorOf("names")}
        isDisabled={isDisabled}
        hideLabels={!isPhone}
        autoFocus={isNew}
      />
      <TextField
        label={t("code")}
        hideLabel={!isPhone}
        value={row.name}
        onChange={(name) => put({ name })}
        error={errorOf("name")}
        isDisabled={isDisabled}
      />
      <Select
        label={t("fieldKind")}
        hideLabel={!isPhone}
        value={row.kind}
        onChange={(kind) => put({ kind })}
        options={FIELD_KINDS.map((id) => ({ id, text: t(`fieldKind_${id}`) }))}
        error={errorOf("kind")}
        isDisabled={isDisabled}
      />
      <Checkbox
        label={t("isRequired")}
        hideLabel={!isPhone}
        isSelected={row.is_required}
        onChange={(is_required) => put({ is_required })}
        isDisabled={isDisabled}
      />
      {!isDisabled && (
        <Button icon={X} iconOnly look="quiet" onPress={onRemove}>
          {t("removeField", { place })}
        </Button>
      )}
      {row.kind === "choice" && (
        <div className={styles.choices}>
          <TextField
            label={t("choices")}
            help={t("choicesHelp")}
            value={row.choices}
            onChange={(choices) => put({ choices })}
            error={errorOf("choices")}
            isDisabled={isDisabled}
          />
        </div>
      )}
    </Group>
  );
}
