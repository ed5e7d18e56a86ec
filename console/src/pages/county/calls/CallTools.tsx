import { useSearchParams } from "react-router";
import { useGroups, useManagers } from "../../../api/directory";
import { DateRange } from "../../../kit/DateRange";
import { Select } from "../../../kit/Field";
import { FilterBar } from "../../../kit/FilterBar";
import { PickManager } from "../../../kit/pick";
import { useFilter } from "../../../kit/useFilter";
import { directions, outcomes } from "../../../text/codes";
import { common } from "../../../text/common";
import { countyText } from "../../../text/county";
import { useText, type Words } from "../../../text/words";
import { GroupSelect } from "../GroupSelect";
import { daysOfSpan, FILTERS, withDays } from "./asked";

const ALL = "all";

/** By what calls are looked for. */
export function CallTools({ zone }: { zone: string }) {
  const t = useText(countyText);
  const filter = useFilter(FILTERS);
  const [query, setQuery] = useSearchParams();
  const { groups } = useGroups();
  const { nameOf } = useManagers();
  const managerId = filter.values.manager_id;
  return (
    <FilterBar filter={filter}>
      <DateRange
        label={t("days")}
        value={daysOfSpan(query, zone)}
        onChange={(days) => setQuery(withDays(query, days, zone), { replace: true })}
        isOptional
        timeZone={zone}
      />
      <CodeSelect
        label={t("direction")}
        of={directions}
        value={filter.values.direction}
        onChange={(value) => filter.set("direction", value)}
      />
      <CodeSelect
        label={t("outcome")}
        of={outcomes}
        value={filter.values.outcome}
        onChange={(value) => filter.set("outcome", value)}
      />
      <PickManager
        hideLabel
        value={managerId === "" ? null : { id: managerId, text: nameOf(managerId) }}
        onChange={(chosen) => filter.set("manager_id", chosen?.id ?? "")}
      />
      <GroupSelect
        groups={groups}
        value={filter.values.group_id || null}
        onChange={(id) => filter.set("group_id", id ?? "")}
      />
    </FilterBar>
  );
}

/** One of the codes of a table of words, or any. */
export function CodeSelect<Name extends string>({
  label,
  of,
  value,
  onChange,
}: {
  label: string;
  of: Words<Name>;
  value: string;
  onChange(value: string): void;
}) {
  const c = useText(common);
  const t = useText(of);
  return (
    <Select
      label={label}
      hideLabel
      options={[
        { id: ALL, text: `${label}: ${c("all")}` },
        ...of.names.map((name) => ({ id: name, text: t(name) })),
      ]}
      value={value === "" ? ALL : value}
      onChange={(id) => onChange(id === ALL ? "" : id)}
    />
  );
}
