import { FilterBar } from "../../../kit/FilterBar";
import { useFilter } from "../../../kit/useFilter";
import { directions, outcomes } from "../../../text/codes";
import { countyText } from "../../../text/county";
import { useText } from "../../../text/words";
import { CALL_FILTERS } from "../asked";
import { CodeFilter } from "../CodeFilter";
import { DaysTool, WhoseTools } from "../ListTools";

/** By what calls are looked for. */
export function CallTools({ zone }: { zone: string }) {
  const t = useText(countyText);
  const filter = useFilter(CALL_FILTERS);
  return (
    <FilterBar filter={filter}>
      <DaysTool label={t("days")} zone={zone} />
      <CodeFilter filter={filter} name="direction" label={t("direction")} of={directions} />
      <CodeFilter filter={filter} name="outcome" label={t("outcome")} of={outcomes} />
      <WhoseTools filter={filter} />
    </FilterBar>
  );
}
