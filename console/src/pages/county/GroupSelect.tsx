import type { Group } from "../../api/directory";
import { FilterSelect } from "../../kit/FilterSelect";
import { boardText } from "../../text/board";
import { useText } from "../../text/words";

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
    <FilterSelect
      label={t("group")}
      any={t("allGroups")}
      options={groups.map((group) => ({ id: group.id, text: group.name }))}
      value={value ?? ""}
      onChange={(id) => onChange(id || null)}
    />
  );
}
