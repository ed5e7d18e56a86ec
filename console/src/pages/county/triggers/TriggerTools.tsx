import { Select } from "../../../kit/Field";
import { FilterBar } from "../../../kit/FilterBar";
import { FilterSelect } from "../../../kit/FilterSelect";
import { useFilter } from "../../../kit/useFilter";
import { common } from "../../../text/common";
import { triggerText } from "../../../text/triggers";
import { useText } from "../../../text/words";
import { WhoseTools } from "../ListTools";
import { FILTERS, WHICH, whichOf } from "./matter";
import { useKindName, useTriggerKinds } from "./useTriggers";

/** By what triggers are looked for. */
export function TriggerTools() {
  const t = useText(triggerText);
  const c = useText(common);
  const filter = useFilter(FILTERS);
  const kindName = useKindName();
  const kinds = useTriggerKinds().data?.items ?? [];
  const { which, kind } = filter.values;
  return (
    <FilterBar filter={filter}>
      <Select
        label={t("which")}
        hideLabel
        options={WHICH.map((id) => ({ id, text: t(`which_${id}`) }))}
        value={whichOf(which)}
        onChange={(id) => filter.set("which", id === "open" ? "" : id)}
      />
      <FilterSelect
        label={t("kind")}
        any={c("labelled", { label: t("kind"), value: c("all") })}
        options={kinds.map(({ name }) => ({ id: name, text: kindName(name) }))}
        value={kind}
        onChange={(id) => filter.set("kind", id)}
      />
      <WhoseTools filter={filter} />
    </FilterBar>
  );
}
