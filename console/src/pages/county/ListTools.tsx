import { useSearchParams } from "react-router";
import { useGroups, useManagers } from "../../api/directory";
import { DateRange } from "../../kit/DateRange";
import { PickManager } from "../../kit/pick";
import type { Filter } from "../../kit/useFilter";
import { daysOfSpan, withDays, withGroup } from "./asked";
import { GroupSelect } from "./GroupSelect";

/** From which days rows are, where the county is. */
export function DaysTool({ label, zone }: { label: string; zone: string }) {
  const [query, setQuery] = useSearchParams();
  return (
    <DateRange
      label={label}
      value={daysOfSpan(query, zone)}
      onChange={(days) => setQuery(withDays(query, days, zone), { replace: true })}
      isOptional
      timeZone={zone}
    />
  );
}

/** Whose rows: of a manager, of a group. */
export function WhoseTools({ filter }: { filter: Filter<"manager_id" | "group_id"> }) {
  const [query, setQuery] = useSearchParams();
  const { groups } = useGroups();
  const { nameOf } = useManagers();
  const { manager_id: managerId, group_id: groupId } = filter.values;
  return (
    <>
      <PickManager
        isFilter
        hideLabel
        value={managerId === "" ? null : { id: managerId, text: nameOf(managerId) }}
        onChange={(chosen) => filter.set("manager_id", chosen?.id ?? "")}
      />
      <GroupSelect
        groups={groups}
        value={groupId || null}
        onChange={(id) => setQuery(withGroup(query, id), { replace: true })}
      />
    </>
  );
}
