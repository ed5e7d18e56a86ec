import { Select, TextField } from "../../../kit/Field";
import { reviewText } from "../../../text/review";
import { findingText } from "../../../text/reviewFindings";
import { rulesText } from "../../../text/reviewRules";
import { useText } from "../../../text/words";
import type { Severity, Side } from "../queries";
import type { PhraseDraft } from "./drafts";
import styles from "./Rules.module.css";

const SEVERITIES: readonly Severity[] = ["minor", "major", "critical"];

/** What is said, in which words, by whom, and what it costs. */
export function PhraseFields({
  phrase,
  path,
  errorOf,
  onChange,
}: {
  phrase: PhraseDraft;
  /** Where it is in the API's body, for what is wrong with its fields. */
  path: string;
  errorOf(field: string): string | undefined;
  onChange(changes: Partial<PhraseDraft>): void;
}) {
  const t = useText(rulesText);
  const r = useText(reviewText);
  return (
    <>
      <TextField
        label={t("text")}
        value={phrase.text}
        onChange={(text) => onChange({ text })}
        error={errorOf(`${path}.text`)}
      />
      <TextField
        label={t("alternatives")}
        rows={2}
        value={phrase.alternatives}
        onChange={(alternatives) => onChange({ alternatives })}
        error={errorOf(`${path}.alternatives`)}
      />
      <div className={styles.row}>
        <TextField
          label={t("id")}
          value={phrase.id}
          onChange={(id) => onChange({ id })}
          error={errorOf(`${path}.id`)}
        />
        <Select<Side>
          label={t("by")}
          value={phrase.by}
          options={[
            { id: "manager", text: r("manager") },
            { id: "customer", text: r("customer") },
          ]}
          onChange={(by) => onChange({ by })}
        />
        <SeverityField value={phrase.severity} onChange={(severity) => onChange({ severity })} />
        <TextField
          label={t("weight")}
          inputMode="decimal"
          value={phrase.weight}
          onChange={(weight) => onChange({ weight })}
          error={errorOf(`${path}.weight`)}
        />
      </div>
    </>
  );
}

/** How bad it is when it is found. */
export function SeverityField({
  value,
  onChange,
}: {
  value: Severity;
  onChange(severity: Severity): void;
}) {
  const t = useText(rulesText);
  const f = useText(findingText);
  return (
    <Select<Severity>
      label={t("severity")}
      value={value}
      options={SEVERITIES.map((id) => ({ id, text: f(id) }))}
      onChange={onChange}
    />
  );
}
