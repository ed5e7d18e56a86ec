import { FilterBar } from "../../../kit/FilterBar";
import { useFilter } from "../../../kit/useFilter";
import { directions, outcomes } from "../../../text/codes";
import { countyText } from "../../../text/county";
import { useText } from "../../../text/words";
import { CodeSelect } from "../CodeSelect";
import { DaysTool, WhoseTools } from "../ListTools";
import { FILTERS } from "./asked";

/** By what calls are looked for. */
export function CallTools({ zone }: { zone: string }) {
  const t = useText(countyText);
  const filter = useFilter(FILTERS);
  return (
    <FilterBar filter={filter}>
      <DaysTool label={t("days")} zone={zone} />
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
      <WhoseTools filter={filter} />
    </FilterBar>
  );
}
