import { useState } from "react";
import { TextField } from "../../../kit/Field";
import { resultCodes } from "../../../text/codes";
import { kindsText } from "../../../text/kinds";
import { callText } from "../../../text/manager";
import { isWord, textOf, useLanguage, useText } from "../../../text/words";
import { againTimes } from "../../manager/call/againTimes";
import { Choices } from "../../manager/call/Choices";
import { againOf, GENERAL_RULES, type Rule } from "../../manager/call/resultDraft";
import editorStyles from "../editor/editor.module.css";
import styles from "./kinds.module.css";
import type { ResultRow } from "./typeDraft";

const NEVER = "never";

/** The form that a manager gets after a talk, as it follows from the results; it saves nothing. */
export function ResultPreview({ rows }: { rows: readonly ResultRow[] }) {
  const t = useText(kindsText);
  const c = useText(callText);
  const language = useLanguage();
  const [chosen, setChosen] = useState<string | null>(null);
  const rules: readonly Rule[] = rows.length === 0 ? GENERAL_RULES : byKey(rows);
  const rule = rules.find((one) => one.key === chosen);
  const nameOf = ({ names, code }: Rule): string => {
    const known = isWord(resultCodes, code) ? textOf(resultCodes, code) : code;
    return names[language]?.trim() || known || t("previewNoName");
  };
  return (
    <section className={styles.preview} aria-label={t("preview")}>
      <div>
        <h3 className={editorStyles.partTitle}>{t("preview")}</h3>
        <p className={editorStyles.help}>
          {rows.length === 0 ? t("previewNone") : t("previewHelp")}
        </p>
      </div>
      <Choices
        label={c("result")}
        isLarge
        choices={rules.map((one) => ({ id: one.key, text: nameOf(one), hint: one.key }))}
        value={rule?.key ?? null}
        onChange={setChosen}
      />
      {/* Another result is another question. */}
      {againOf(rule) !== "never" && <Again key={chosen} isNeeded={againOf(rule) === "must"} />}
      {rule?.needs_reason === true && (
        <TextField label={c("reason")} value="" onChange={() => undefined} isDisabled />
      )}
      <TextField
        label={c("note")}
        placeholder={c("notePlaceholder")}
        value=""
        onChange={() => undefined}
        isDisabled
      />
      {rule?.proposes_do_not_call === true && (
        <p className={editorStyles.help}>{t("previewWish")}</p>
      )}
    </section>
  );
}

function Again({ isNeeded }: { isNeeded: boolean }) {
  const c = useText(callText);
  const [again, setAgain] = useState<string | null>(isNeeded ? null : NEVER);
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const times = againTimes(timeZone).map(({ name }) => ({ id: name, text: c(name) }));
  return (
    <Choices
      label={c("again")}
      choices={[...(isNeeded ? [] : [{ id: NEVER, text: c("noAgain") }]), ...times]}
      value={again}
      onChange={setAgain}
    />
  );
}

/** In the order of their keys, as the form of the manager has them. */
function byKey(rows: readonly ResultRow[]): readonly ResultRow[] {
  return rows.toSorted((one, other) => one.key.localeCompare(other.key));
}
