import { Plus, X } from "lucide-react";
import { Group } from "react-aria-components";
import { Button } from "../../../kit/Button";
import { Checkbox, Select, TextField } from "../../../kit/Field";
import { useIsPhone } from "../../../kit/useMedia";
import { resultKinds } from "../../../text/codes";
import { kindsText } from "../../../text/kinds";
import { useText } from "../../../text/words";
import editorStyles from "../editor/editor.module.css";
import { SLUG } from "./kinds";
import styles from "./kinds.module.css";
import { NameFields } from "./NameFields";
import { MOST_RESULTS, newResult, type ResultRow } from "./typeDraft";
import { useRows } from "./useRows";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"] as const;

export interface ResultRulesProps {
  rows: readonly ResultRow[];
  onChange(rows: readonly ResultRow[]): void;
  errorOf(field: string): string | undefined;
  isDisabled: boolean;
}

/** What tasks of a type may come to: a line each, with its key. */
export function ResultRules({ rows, onChange, errorOf, isDisabled }: ResultRulesProps) {
  const t = useText(kindsText);
  const { put, add, remove, added, adder } = useRows(rows, onChange, newResult);
  return (
    <section className={editorStyles.part}>
      <h3 className={editorStyles.partTitle}>{t("results")}</h3>
      <p className={editorStyles.help}>{t("resultsHelp")}</p>
      {rows.length > 0 && (
        <div className={`${styles.heads} ${styles.results}`} aria-hidden>
          <span>{t("key")}</span>
          <span>{t("nameZh")}</span>
          <span>{t("nameEn")}</span>
          <span>{t("code")}</span>
          <span>{t("kind")}</span>
          <span>{t("needsReason")}</span>
          <span>{t("proposesDoNotCall")}</span>
        </div>
      )}
      {rows.map((row, at) => (
        <Row
          key={row.id}
          row={row}
          place={at + 1}
          put={(changes) => put(row.id, changes)}
          onRemove={() => remove(row.id)}
          errorOf={(field) => errorOf(`results.${at}.${field}`)}
          others={rows.filter((other) => other !== row)}
          isDisabled={isDisabled}
          isNew={row.id === added}
        />
      ))}
      {!isDisabled && (
        <div className={editorStyles.toStart}>
          <Button
            icon={Plus}
            look="quiet"
            isDisabled={rows.length >= MOST_RESULTS}
            onPress={add}
            ref={adder}
          >
            {t("addResult")}
          </Button>
        </div>
      )}
    </section>
  );
}

interface RowProps {
  row: ResultRow;
  /** The first is 1. */
  place: number;
  put(changes: Partial<ResultRow>): void;
  onRemove(): void;
  errorOf(field: string): string | undefined;
  others: readonly ResultRow[];
  isDisabled: boolean;
  isNew: boolean;
}

function Row({ row, place, put, onRemove, errorOf, others, isDisabled, isNew }: RowProps) {
  const t = useText(kindsText);
  const kind = useText(resultKinds);
  const isPhone = useIsPhone();
  const isKeyTaken = others.some((one) => one.key === row.key);
  const codeError = useCodeError(row.code, others, errorOf("code"));
  return (
    <Group
      className={`${styles.ruleRow} ${styles.results}`}
      aria-label={t("resultPlace", { place })}
    >
      <Select
        label={t("key")}
        hideLabel={!isPhone}
        value={row.key}
        onChange={(key) => put({ key })}
        options={KEYS.map((id) => ({ id, text: id }))}
        error={isKeyTaken ? t("twice") : undefined}
        isDisabled={isDisabled}
      />
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
        value={row.code}
        onChange={(code) => put({ code })}
        error={codeError}
        isDisabled={isDisabled}
      />
      <Select
        label={t("kind")}
        hideLabel={!isPhone}
        value={row.kind}
        onChange={(next) => put({ kind: next })}
        options={resultKinds.names.map((id) => ({ id, text: kind(id) }))}
        error={errorOf("kind")}
        isDisabled={isDisabled}
      />
      <Checkbox
        label={t("needsReason")}
        hideLabel={!isPhone}
        isSelected={row.needs_reason}
        onChange={(needs_reason) => put({ needs_reason })}
        isDisabled={isDisabled}
      />
      <Checkbox
        label={t("proposesDoNotCall")}
        hideLabel={!isPhone}
        isSelected={row.proposes_do_not_call}
        onChange={(proposes_do_not_call) => put({ proposes_do_not_call })}
        isDisabled={isDisabled}
      />
      {!isDisabled && (
        <Button icon={X} iconOnly look="quiet" onPress={onRemove}>
          {t("removeResult", { place })}
        </Button>
      )}
    </Group>
  );
}

/** What is wrong with a code, said while it is typed; `refused` is what the API had against it. */
function useCodeError(
  code: string,
  others: readonly ResultRow[],
  refused: string | undefined,
): string | undefined {
  const t = useText(kindsText);
  const typed = code.trim();
  if (typed === "") return refused === undefined ? undefined : t("codeNeeded");
  if (others.some((one) => one.code.trim() === typed)) return t("twice");
  return SLUG.test(typed) ? undefined : t("codeWrong");
}
