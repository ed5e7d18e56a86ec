import { Checkbox, Select, TextField } from "../../../kit/Field";
import { useIsPhone } from "../../../kit/useMedia";
import { resultKinds } from "../../../text/codes";
import { kindsText } from "../../../text/kinds";
import { useText } from "../../../text/words";
import { SLUG } from "./kinds";
import styles from "./kinds.module.css";
import { NameFields } from "./NameFields";
import { RuleRows } from "./RuleRows";
import { MOST_RESULTS, newResult, type ResultRow } from "./typeDraft";

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
  const kind = useText(resultKinds);
  const isPhone = useIsPhone();
  const codeError = useCodeError();
  return (
    <RuleRows
      title={t("results")}
      help={t("resultsHelp")}
      heads={[
        t("key"),
        t("nameZh"),
        t("nameEn"),
        t("code"),
        t("kind"),
        t("needsReason"),
        t("proposesDoNotCall"),
      ]}
      columns={styles.results}
      rows={rows}
      onChange={onChange}
      make={newResult}
      most={MOST_RESULTS}
      addLabel={t("addResult")}
      rowLabel={(place) => t("resultPlace", { place })}
      removeLabel={(place) => t("removeResult", { place })}
      isDisabled={isDisabled}
    >
      {({ row, at, put, isNew }) => {
        const others = rows.filter((other) => other !== row);
        return (
          <>
            <Select
              label={t("key")}
              hideLabel={!isPhone}
              value={row.key}
              onChange={(key) => put({ key })}
              options={KEYS.map((id) => ({ id, text: id }))}
              error={others.some((one) => one.key === row.key) ? t("twice") : undefined}
              isDisabled={isDisabled}
            />
            <NameFields
              names={row.names}
              onChange={(names) => put({ names })}
              error={errorOf(`results.${at}.names`)}
              isDisabled={isDisabled}
              hideLabels={!isPhone}
              autoFocus={isNew}
            />
            <TextField
              label={t("code")}
              hideLabel={!isPhone}
              value={row.code}
              onChange={(code) => put({ code })}
              error={codeError(row.code, others, errorOf(`results.${at}.code`))}
              isDisabled={isDisabled}
            />
            <Select
              label={t("kind")}
              hideLabel={!isPhone}
              value={row.kind}
              onChange={(next) => put({ kind: next })}
              options={resultKinds.names.map((id) => ({ id, text: kind(id) }))}
              error={errorOf(`results.${at}.kind`)}
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
          </>
        );
      }}
    </RuleRows>
  );
}

/** What is wrong with a code, said while it is typed; `refused` is what the API had against it. */
function useCodeError() {
  const t = useText(kindsText);
  return (
    code: string,
    others: readonly ResultRow[],
    refused: string | undefined,
  ): string | undefined => {
    const typed = code.trim();
    if (typed === "") return refused === undefined ? undefined : t("codeNeeded");
    if (others.some((one) => one.code.trim() === typed)) return t("twice");
    return SLUG.test(typed) ? undefined : t("codeWrong");
  };
}
