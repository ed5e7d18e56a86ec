import type { Group } from "../../api/directory";
import { Select } from "../../kit/Field";
import { boardText } from "../../text/board";
import { useText } from "../../text/words";

const ALL = "all";

/** One of the groups that are seen, or all of them; nothing where there is but one. */
export function GroupSelect({
  groups,
  value,
  onChange,
}: {
  groups: readonly Group[];
  value: string | null;
  onChange(groupId: string | null): void;
}) {
  const t = useText(boardText);
  if (groups.length < 2) return null;
  return (
    <Select
      label={t("group")}
      hideLabel
      options={[
        { id: ALL, text: t("allGroups") },
        ...groups.map((group) => ({ id: group.id, text: group.name })),
      ]}
      value={value ?? ALL}
      onChange={(id) => onChange(id === ALL ? null : id)}
    />
  );
}
