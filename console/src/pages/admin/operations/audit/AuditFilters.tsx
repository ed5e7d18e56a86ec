import { DateRange } from "../../../../kit/DateRange";
import { parseDays, writeDays } from "../../../../kit/days";
import { TextField } from "../../../../kit/Field";
import { FilterBar } from "../../../../kit/FilterBar";
import { FilterSelect } from "../../../../kit/FilterSelect";
import type { Filter } from "../../../../kit/useFilter";
import { accessText } from "../../../../text/access";
import { auditActions } from "../../../../text/audit";
import { useText } from "../../../../text/words";
import { optionsOf } from "../parts/options";

/** Ids, names of actions and days: nothing of a person, so they may stand in the address. */
export const FILTERS = ["days", "action", "principal", "subject"] as const;

export function AuditFilters({ filter }: { filter: Filter<(typeof FILTERS)[number]> }) {
  const t = useText(accessText);
  const action = useText(auditActions);
  const { values, set } = filter;
  return (
    <FilterBar filter={filter}>
      <DateRange
        label={t("when")}
        value={parseDays(values.days)}
        onChange={(days) => set("days", days === null ? "" : writeDays(days))}
        isOptional
      />
      <FilterSelect
        label={t("what")}
        any={t("anyAction")}
        options={optionsOf(auditActions, action)}
        value={values.action}
        onChange={(id) => set("action", id)}
      />
      <TextField
        label={t("who")}
        hideLabel
        placeholder={t("who")}
        value={values.principal}
        onChange={(text) => set("principal", text.trim())}
      />
      <TextField
        label={t("subjectId")}
        hideLabel
        placeholder={t("subjectId")}
        value={values.subject}
        onChange={(text) => set("subject", text.trim())}
      />
    </FilterBar>
  );
}
