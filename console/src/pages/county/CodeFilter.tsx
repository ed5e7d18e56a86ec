import { FilterSelect } from "../../kit/FilterSelect";
import type { Filter } from "../../kit/useFilter";
import { common } from "../../text/common";
import { useText, type Words } from "../../text/words";

/** Sets a filter to one of the codes of a table of words, or to any. */
export function CodeFilter<Name extends string>({
  filter,
  name,
  label,
  of,
}: {
  filter: Filter<Name>;
  name: Name;
  label: string;
  of: Words<string>;
}) {
  const c = useText(common);
  const t = useText(of);
  return (
    <FilterSelect
      label={label}
      any={c("labelled", { label, value: c("all") })}
      options={of.names.map((code) => ({ id: code, text: t(code) }))}
      value={filter.values[name]}
      onChange={(code) => filter.set(name, code)}
    />
  );
}
