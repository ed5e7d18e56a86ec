import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";
import { type Manager, useGroups, useManagers } from "../../../api/directory";
import { useMay } from "../../../api/session";
import type { Versioned } from "../../../kit/editor/conflict";
import { useEditor } from "../../../kit/editor/useEditor";
import { useFormProblem } from "../../../kit/editor/useFormProblem";
import { toast } from "../../../kit/toast";
import { directoryText } from "../../../text/directory";
import { useText } from "../../../text/words";
import { DeleteButton } from "../editor/DeleteButton";
import { EditSheet } from "../editor/EditSheet";
import { ReadingSheet } from "../editor/Reading";
import { NEW } from "../editor/useEdited";
import { ManagerFields } from "./ManagerFields";
import { MANAGER_FIELDS, type ManagerDraft, managerBody, managerDraft } from "./managerDraft";
import { PinPart } from "./PinPart";
import { deleteManager, MANAGERS, managerQuery, readManager, writeManager } from "./people";
import styles from "./people.module.css";

/** One manager, or a new one. */
export function ManagerSheet({ id, onClose }: { id: string; onClose(): void }) {
  const t = useText(directoryText);
  const query = useQuery({ ...managerQuery(id), enabled: id !== NEW });
  if (id === NEW) return <Form read={null} onClose={onClose} />;
  return (
    <ReadingSheet title={t("editManager")} query={query} onClose={onClose}>
      {(read) => <Form read={read} onClose={onClose} />}
    </ReadingSheet>
  );
}

function Form({ read, onClose }: { read: Versioned<Manager> | null; onClose(): void }) {
  const t = useText(directoryText);
  const client = useQueryClient();
  const mayWrite = useMay("directory.write");
  const manager = read?.data ?? null;
  const id = manager?.id ?? null;
  const changed = async (text: string): Promise<void> => {
    await client.invalidateQueries({ queryKey: MANAGERS });
    toast({ text });
    onClose();
  };
  const editor = useEditor({
    key: `manager-form:${id ?? NEW}`,
    read,
    draftOf: managerDraft,
    save: (draft, tag, before, headerFor) =>
      writeManager(id, managerBody(draft, before), tag, headerFor),
    reread: () => readManager(id ?? ""),
    onSaved: () => void changed(t("managerSaved")),
  });
  const { problem, errorOf } = useFormProblem(editor.error, MANAGER_FIELDS);
  const { labelOf, shownOf } = useManagerLabels();
  return (
    <EditSheet
      title={id === null ? t("newManager") : t("editManager")}
      onClose={onClose}
      editor={editor}
      problem={problem}
      labelOf={labelOf}
      shownOf={shownOf}
      isReadOnly={!mayWrite}
      below={manager !== null && mayWrite && <PinPart manager={manager} />}
      more={
        manager !== null &&
        mayWrite && (
          <DeleteButton
            title={t("deleteManager")}
            detail={t("deleteManagerDetail")}
            name={manager.name}
            onDelete={async () => {
              await deleteManager(manager.id);
              await changed(t("managerDeleted"));
            }}
          />
        )
      }
    >
      {manager !== null && (
        <p className={(manager.customers_left ?? 0) > 0 ? styles.left : undefined}>
          {(manager.customers_left ?? 0) > 0 &&
            `${t("customersLeft", { count: manager.customers_left ?? 0 })} · `}
          <Link to={`/customers?owner_id=${manager.id}`}>{t("theirCustomers")}</Link>
        </p>
      )}
      <ManagerFields editor={editor} errorOf={errorOf} isNew={manager === null} />
    </EditSheet>
  );
}

/** How a field is called and what it holds, where two versions are shown. */
function useManagerLabels() {
  const t = useText(directoryText);
  const { nameOf: managerOf } = useManagers();
  const { nameOf: groupOf } = useGroups();
  const labels: Record<keyof ManagerDraft & string, string> = {
    name: t("name"),
    staff_no: t("staffNo"),
    external_id: t("externalId"),
    group_id: t("group"),
    status: t("status"),
    away_until: t("awayUntil"),
    deputy_id: t("deputy"),
    phones: t("phones"),
    hours: t("workingHours"),
    skills: t("skills"),
  };
  const shownOf = (field: keyof ManagerDraft & string, draft: ManagerDraft): string => {
    if (field === "group_id") return groupOf(draft.group_id);
    if (field === "deputy_id") return managerOf(draft.deputy_id);
    if (field === "status") return t(`status_${draft.status}`);
    if (field === "phones") return draft.phones.map(({ address }) => address).join("\n");
    return draft[field] ?? "";
  };
  return { labelOf: (field: keyof ManagerDraft & string) => labels[field], shownOf };
}
