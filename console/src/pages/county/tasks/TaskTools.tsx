import { FilterBar } from "../../../kit/FilterBar";
import { useFilter } from "../../../kit/useFilter";
import { taskStates, taskTypes } from "../../../text/codes";
import { countyText } from "../../../text/county";
import { useText } from "../../../text/words";
import { CodeSelect } from "../CodeSelect";
import { DaysTool, WhoseTools } from "../ListTools";
import { FILTERS } from "./asked";

/** By what tasks are looked for. */
export function TaskTools({ zone }: { zone: string }) {
  const t = useText(countyText);
  const filter = useFilter(FILTERS);
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
      <DaysTool label={t("createdIn")} zone={zone} />
      <WhoseTools filter={filter} />
    </FilterBar>
  );
}
