import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useGroups } from "../../../api/directory";
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
import { AfterCallFields, AnswerFields, HotlineFields } from "./HotlineFields";
import {
  HOTLINE_FIELDS,
  type Hotline,
  type HotlineDraft,
  hotlineBody,
  hotlineDraft,
} from "./hotlineDraft";
import { deleteHotline, HOTLINES, hotlineQuery, readHotline, writeHotline } from "./hotlines";
import { RoutingFields } from "./RoutingFields";

/** One hotline, or a new one. */
export function HotlineSheet({ id, onClose }: { id: string; onClose(): void }) {
  const t = useText(directoryText);
  const query = useQuery({ ...hotlineQuery(id), enabled: id !== NEW });
  if (id === NEW) return <Form read={null} onClose={onClose} />;
  return (
    <ReadingSheet title={t("editHotline")} query={query} onClose={onClose}>
      {(read) => <Form read={read} onClose={onClose} />}
    </ReadingSheet>
  );
}

function Form({ read, onClose }: { read: Versioned<Hotline> | null; onClose(): void }) {
  const t = useText(directoryText);
  const client = useQueryClient();
  const mayWrite = useMay("directory.write");
  const id = read?.data.id ?? null;
  const editor = useEditor({
    key: `hotline:${id ?? NEW}`,
    read,
    draftOf: hotlineDraft,
    save: (draft, tag, _, headerFor) => writeHotline(id, hotlineBody(draft), tag, headerFor),
    reread: () => readHotline(id ?? ""),
    onSaved: () => {
      void client.invalidateQueries({ queryKey: HOTLINES });
      toast({ text: t("hotlineSaved") });
      onClose();
    },
  });
  const { problem, errorOf } = useFormProblem(editor.error, HOTLINE_FIELDS);
  const { labelOf, shownOf } = useHotlineLabels();
  const part = { editor, errorOf };
  return (
    <EditSheet
      title={id === null ? t("newHotline") : t("editHotline")}
      onClose={onClose}
      editor={editor}
      problem={problem}
      labelOf={labelOf}
      shownOf={shownOf}
      isReadOnly={!mayWrite}
      more={
        id !== null &&
        mayWrite && (
          <DeleteButton
            title={t("deleteHotline")}
            detail={t("deleteHotlineDetail")}
            name={read?.data.name || read?.data.number || ""}
            onDelete={async () => {
              await deleteHotline(id);
              await client.invalidateQueries({ queryKey: HOTLINES });
              toast({ text: t("hotlineDeleted") });
              onClose();
            }}
          />
        )
      }
    >
      <HotlineFields {...part} />
      <AnswerFields {...part} />
      <RoutingFields {...part} />
      <AfterCallFields {...part} />
    </EditSheet>
  );
}

/** How a field is called and what it holds, where two versions are shown. */
function useHotlineLabels() {
  const t = useText(directoryText);
  const { nameOf } = useGroups();
  const labels: Record<keyof HotlineDraft & string, string> = {
    name: t("title"),
    number: t("hotlineNumber"),
    group_id: t("group"),
    external_id: t("externalId"),
    display_number: t("displayNumber"),
    hours: t("hours"),
    flow: t("flow"),
    answer: t("answer"),
    announce: t("announce"),
    confirm_manager: t("confirmManager"),
    max_ring_s: t("maxRing"),
    retention_days: t("retentionDays"),
    routing: t("partRouting"),
    after_call: t("partAfter"),
  };
  const shownOf = (field: keyof HotlineDraft & string, draft: HotlineDraft): string => {
    const value = draft[field];
    if (field === "group_id") return nameOf(draft.group_id);
    if (typeof value === "object") return JSON.stringify(value, null, 1);
    return String(value);
  };
  return { labelOf: (field: keyof HotlineDraft & string) => labels[field], shownOf };
}
