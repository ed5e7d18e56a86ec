import { type Option, Select } from "./Field";

const ANY = "any";

export interface FilterSelectProps {
  label: string;
  /** What it says while any will do. */
  any: string;
  options: readonly Option<string>[];
  /** The id of an option; "": any, as `useFilter` has it. */
  value: string;
  onChange(value: string): void;
}

/** A filter of a list: one of a few, or any. Its label is only read out. */
export function FilterSelect({ any, options, value, onChange, ...rest }: FilterSelectProps) {
  return (
    <Select
      {...rest}
      hideLabel
      options={[{ id: ANY, text: any }, ...options]}
      value={value === "" ? ANY : value}
      onChange={(id) => onChange(id === ANY ? "" : id)}
    />
  );
}
