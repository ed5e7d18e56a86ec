import { Select } from "../../kit/Field";
import { common } from "../../text/common";
import { useText, type Words } from "../../text/words";

const ALL = "all";

/** One of the codes of a table of words, or any. */
export function CodeSelect<Name extends string>({
  label,
  of,
  value,
  onChange,
}: {
  label: string;
  of: Words<Name>;
  value: string;
  onChange(value: string): void;
}) {
  const c = useText(common);
  const t = useText(of);
  return (
    <Select
      label={label}
      hideLabel
      options={[
        { id: ALL, text: `${label}: ${c("all")}` },
        ...of.names.map((name) => ({ id: name, text: t(name) })),
      ]}
      value={value === "" ? ALL : value}
      onChange={(id) => onChange(id === ALL ? "" : id)}
    />
  );
}
