import { useGroups, useManagers } from "../../../../api/directory";
import { accessText } from "../../../../text/access";
import { useText } from "../../../../text/words";

/** Whose things a key or user sees: a manager's, a group's, or all. */
export function Reach({
  groupId,
  managerId,
}: {
  groupId: string | null;
  managerId: string | null;
}) {
  const t = useText(accessText);
  const groups = useGroups();
  const managers = useManagers();
  if (managerId !== null) return <>{managers.nameOf(managerId)}</>;
  return <>{groupId === null ? t("everything") : groups.nameOf(groupId)}</>;
}
