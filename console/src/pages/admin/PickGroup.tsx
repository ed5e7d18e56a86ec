import { useGroups } from "../../api/directory";
import { Select } from "../../kit/Field";
import { directoryText } from "../../text/directory";
import { useText } from "../../text/words";
import { treeOf } from "./people/tree";

export interface PickGroupProps {
  value: string | null;
  onChange(id: string): void;
  label?: string;
  error?: string | undefined;
  isRequired?: boolean;
  hideLabel?: boolean;
  /** What stands for "none", chosen as an empty id. */
  none?: string;
  /** A group that can't be chosen, with all below: the one that is being moved. */
  except?: string;
}

/** A group, drawn as the tree that they are. */
export function PickGroup({ value, onChange, label, none, except, ...rest }: PickGroupProps) {
  const t = useText(directoryText);
  const { groups } = useGroups();
  const options = treeOf(groups, except).map(({ item, depth }) => ({
    id: item.id,
    text: `${"\u2003".repeat(depth)}${item.name}`,
  }));
  return (
    <Select
      {...rest}
      label={label ?? t("group")}
      options={none === undefined ? options : [{ id: "", text: none }, ...options]}
      value={value}
      onChange={onChange}
      placeholder={t("chooseGroup")}
    />
  );
}
