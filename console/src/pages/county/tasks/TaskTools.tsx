import { useSearchParams } from "react-router";
import { useGroups, useManagers } from "../../../api/directory";
import { DateRange } from "../../../kit/DateRange";
import { FilterBar } from "../../../kit/FilterBar";
import { PickManager } from "../../../kit/pick";
import { useFilter } from "../../../kit/useFilter";
import { taskStates, taskTypes } from "../../../text/codes";
import { countyText } from "../../../text/county";
import { useText } from "../../../text/words";
import { CodeSelect } from "../CodeSelect";
import { daysOfSpan, withDays, withGroup } from "../calls/asked";
import { GroupSelect } from "../GroupSelect";
import { FILTERS } from "./asked";

/** By what tasks are looked for. */
export function TaskTools({ zone }: { zone: string }) {
  const t = useText(countyText);
  const filter = useFilter(FILTERS);
  const [query, setQuery] = useSearchParams();
  const { groups } = useGroups();
  const { nameOf } = useManagers();
  const managerId = filter.values.manager_id;
  return (
    <FilterBar filter={filter}>
      <CodeSelect
        label={t("state")}
        of={taskStates}
        value={filter.values.state}
        onChange={(value) => filter.set("state", value)}
      />
      <CodeSelect
        label={t("type")}
        of={taskTypes}
        value={filter.values.type}
        onChange={(value) => filter.set("type", value)}
      />
      <DateRange
        label={t("createdIn")}
        value={daysOfSpan(query, zone)}
        onChange={(days) => setQuery(withDays(query, days, zone), { replace: true })}
        isOptional
        timeZone={zone}
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
