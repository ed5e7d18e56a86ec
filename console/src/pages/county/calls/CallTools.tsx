import { useSearchParams } from "react-router";
import { useGroups, useManagers } from "../../../api/directory";
import { DateRange } from "../../../kit/DateRange";
import { FilterBar } from "../../../kit/FilterBar";
import { PickManager } from "../../../kit/pick";
import { useFilter } from "../../../kit/useFilter";
import { directions, outcomes } from "../../../text/codes";
import { countyText } from "../../../text/county";
import { useText } from "../../../text/words";
import { CodeSelect } from "../CodeSelect";
import { GroupSelect } from "../GroupSelect";
import { daysOfSpan, FILTERS, withDays, withGroup } from "./asked";

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
        onChange={(id) => setQuery(withGroup(query, id), { replace: true })}
      />
    </FilterBar>
  );
}
