import { FilterBar } from "../../../kit/FilterBar";
import { useFilter } from "../../../kit/useFilter";
import { taskStates, taskTypes } from "../../../text/codes";
import { countyText } from "../../../text/county";
import { useText } from "../../../text/words";
import { TASK_FILTERS } from "../asked";
import { CodeFilter } from "../CodeFilter";
import { DaysTool, WhoseTools } from "../ListTools";

/** By what tasks are looked for. */
export function TaskTools({ zone }: { zone: string }) {
  const t = useText(countyText);
  const filter = useFilter(TASK_FILTERS);
  return (
    <FilterBar filter={filter}>
      <CodeFilter filter={filter} name="state" label={t("state")} of={taskStates} />
      <CodeFilter filter={filter} name="type" label={t("type")} of={taskTypes} />
      <DaysTool label={t("createdIn")} zone={zone} />
      <WhoseTools filter={filter} />
    </FilterBar>
  );
}
