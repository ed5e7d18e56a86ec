import { Select } from "../../kit/Field";
import type { Filter } from "../../kit/useFilter";
import { common } from "../../text/common";
import { useText, type Words } from "../../text/words";

const ALL = "all";

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
  const value = filter.values[name];
  return (
    <Select
      label={label}
      hideLabel
      options={[
        { id: ALL, text: `${label}: ${c("all")}` },
        ...of.names.map((code) => ({ id: code, text: t(code) })),
      ]}
      value={value === "" ? ALL : value}
      onChange={(id) => filter.set(name, id === ALL ? "" : id)}
    />
  );
}
