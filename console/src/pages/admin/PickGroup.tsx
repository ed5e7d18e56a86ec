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

/** A group, in the order of the tree, with the one above it. */
export function PickGroup({ value, onChange, label, none, except, ...rest }: PickGroupProps) {
  const t = useText(directoryText);
  const { groups, nameOf } = useGroups();
  const options = treeOf(groups, except).map(({ item, depth }) => ({
    id: item.id,
    text: item.name,
    ...(depth === 0 ? {} : { detail: nameOf(item.parent_id) }),
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
