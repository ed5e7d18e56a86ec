import { Select, TextField } from "../../../kit/Field";
import { findingText } from "../../../text/reviewFindings";
import { rulesText } from "../../../text/reviewRules";
import { useText } from "../../../text/words";
import type { MeasureDraft } from "./drafts";

/** Measures that may be bounded. */
const MEASURES: readonly MeasureDraft["measure"][] = [
  "manager.talk_share",
  "manager.rate_per_min",
  "manager.interruptions",
  "manager.longest_monologue_s",
  "longest_silence_s",
  "silence_s",
  "hold_s",
  "overlap_s",
  "duration_s",
  "customer.talk_share",
  "customer.interruptions",
];

/** Which measure of a talk, and between what it is to lie. */
export function MeasureFields({
  draft,
  path,
  errorOf,
  onChange,
}: {
  draft: Omit<MeasureDraft, "measure"> & { measure: string };
  /** Where it is in the API's body, for what is wrong with its fields. */
  path: string;
  errorOf(field: string): string | undefined;
  onChange(changes: Partial<MeasureDraft>): void;
}) {
  const t = useText(rulesText);
  const f = useText(findingText);
  return (
    <>
      <Select
        label={t("measure")}
        value={MEASURES.find((id) => id === draft.measure) ?? null}
        options={MEASURES.map((id) => ({ id, text: f(id) }))}
        onChange={(measure) => onChange({ measure })}
        error={errorOf(`${path}.measure`)}
      />
      <TextField
        label={t("atLeast")}
        inputMode="decimal"
        value={draft.atLeast}
        onChange={(atLeast) => onChange({ atLeast })}
        error={errorOf(`${path}.at_least`)}
      />
      <TextField
        label={t("atMost")}
        inputMode="decimal"
        value={draft.atMost}
        onChange={(atMost) => onChange({ atMost })}
        error={errorOf(`${path}.at_most`)}
      />
    </>
  );
}
