import type { Schema } from "../../../api/client";
import { Facts } from "../../../kit/Card";
import { useFormat } from "../../../kit/format";
import { common } from "../../../text/common";
import { triggerText } from "../../../text/triggers";
import { isWord, useText } from "../../../text/words";

type Known = Schema<"TriggerView">["facts"];

/** How a fact's name is said; those that other systems make up stand as they are. */
export function useFactName(): (name: string) => string {
  const t = useText(triggerText);
  return (name) => {
    const word = `fact_${name}`;
    return isWord(triggerText, word) ? t(word) : name;
  };
}

/** What is known of a trigger, by name. */
export function FactList({ facts }: { facts: Known }) {
  const t = useText(triggerText);
  const c = useText(common);
  const factName = useFactName();
  const format = useFormat();
  const entries = Object.entries(facts);
  if (entries.length === 0) return null;
  const said = (value: Known[string]): string => {
    if (typeof value === "number") return format.number(value, 2);
    if (typeof value === "boolean") return value ? c("yes") : c("no");
    return value;
  };
  return (
    <section>
      <h3>{t("facts")}</h3>
      <Facts
        facts={entries.map(([name, value]) => ({ label: factName(name), value: said(value) }))}
      />
    </section>
  );
}

/** The number that was held against the threshold; null where the kind has none. */
export function useMeasured({ measured, limit, facts }: Schema<"TriggerView">): string | null {
  const t = useText(triggerText);
  const format = useFormat();
  if (measured === null || limit === null) return null;
  // What fell is measured in percent of what was before.
  const unit = "spend_before" in facts ? "%" : "";
  return t("measured", {
    measured: `${format.number(measured, 1)}${unit}`,
    limit: `${format.number(limit, 1)}${unit}`,
  });
}
