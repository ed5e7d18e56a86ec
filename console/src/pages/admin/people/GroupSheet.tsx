import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type Group, useGroups } from "../../../api/directory";
import { useMay } from "../../../api/session";
import type { Versioned } from "../../../kit/editor/conflict";
import { useEditor } from "../../../kit/editor/useEditor";
import { useFormProblem } from "../../../kit/editor/useFormProblem";
import { TextField } from "../../../kit/Field";
import { toast } from "../../../kit/toast";
import { directoryText } from "../../../text/directory";
import { useText } from "../../../text/words";
import { DeleteButton } from "../editor/DeleteButton";
import { EditSheet } from "../editor/EditSheet";
import editorStyles from "../editor/editor.module.css";
import { ReadingSheet } from "../editor/Reading";
import { NEW } from "../editor/useEdited";
import { HoursField } from "../hours/HoursField";
import { PickGroup } from "../PickGroup";
import { GROUP_FIELDS, type GroupDraft, groupBody, groupDraft } from "./groupDraft";
import { deleteGroup, GROUPS, groupQuery, readGroup, writeGroup } from "./people";

/** One group, or a new one. */
export function GroupSheet({ id, onClose }: { id: string; onClose(): void }) {
  const t = useText(directoryText);
  const query = useQuery({ ...groupQuery(id), enabled: id !== NEW });
  if (id === NEW) return <Form read={null} onClose={onClose} />;
  return (
    <ReadingSheet title={t("editGroup")} query={query} onClose={onClose}>
      {(read) => <Form read={read} onClose={onClose} />}
    </ReadingSheet>
  );
}

function Form({ read, onClose }: { read: Versioned<Group> | null; onClose(): void }) {
  const t = useText(directoryText);
  const client = useQueryClient();
  const mayWrite = useMay("directory.write");
  const { nameOf } = useGroups();
  const id = read?.data.id ?? null;
  const changed = async (text: string): Promise<void> => {
    await client.invalidateQueries({ queryKey: GROUPS });
    toast({ text });
    onClose();
  };
  const editor = useEditor({
    key: `group:${id ?? NEW}`,
    read,
    draftOf: groupDraft,
    save: (draft, tag, _, headerFor) => writeGroup(id, groupBody(draft), tag, headerFor),
    reread: () => readGroup(id ?? ""),
    onSaved: () => void changed(t("groupSaved")),
  });
  const { problem, errorOf } = useFormProblem(editor.error, GROUP_FIELDS);
  const { draft, change } = editor;
  const labels: Record<keyof GroupDraft & string, string> = {
    name: t("title"),
    parent_id: t("parent"),
    external_id: t("externalId"),
    area_code: t("areaCode"),
    timezone: t("timezone"),
    hours: t("hours"),
    quiet_hours: t("quietHours"),
    retention_days: t("retentionDays"),
  };
  const text = (field: Exclude<keyof GroupDraft, "parent_id">) => ({
    label: labels[field],
    value: draft[field],
    onChange: (value: string) => change({ [field]: value }),
    error: errorOf(field),
  });
  return (
    <EditSheet
      title={id === null ? t("newGroup") : t("editGroup")}
      onClose={onClose}
      editor={editor}
      problem={problem}
      labelOf={(field) => labels[field]}
      shownOf={(field, of) => (field === "parent_id" ? nameOf(of.parent_id) : (of[field] ?? ""))}
      isReadOnly={!mayWrite}
      more={
        id !== null &&
        mayWrite && (
          <DeleteButton
            title={t("deleteGroup")}
            detail={t("deleteGroupDetail")}
            name={read?.data.name ?? ""}
            onDelete={async () => {
              await deleteGroup(id);
              await changed(t("groupDeleted"));
            }}
          />
        )
      }
    >
      <div className={editorStyles.pair}>
        <TextField isRequired autoFocus={id === null} {...text("name")} />
        <PickGroup
          label={t("parent")}
          none={t("noParent")}
          value={draft.parent_id ?? ""}
          onChange={(parent) => change({ parent_id: parent === "" ? null : parent })}
          error={errorOf("parent_id")}
          {...(id === null ? {} : { except: id })}
        />
        <TextField help={t("areaCodeHelp")} inputMode="numeric" {...text("area_code")} />
        <TextField {...text("timezone")} />
      </div>
      <HoursField
        label={t("hours")}
        none={t("hoursInherit")}
        value={draft.hours}
        onChange={(hours) => change({ hours })}
        error={errorOf("hours")}
      />
      <div className={`${editorStyles.pair} ${editorStyles.ruled}`}>
        <TextField help={t("quietHoursHelp")} {...text("quiet_hours")} />
        <TextField help={t("retentionHelp")} inputMode="numeric" {...text("retention_days")} />
        <TextField {...text("external_id")} />
      </div>
    </EditSheet>
  );
}
