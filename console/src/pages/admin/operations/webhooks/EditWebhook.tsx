import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useGroups } from "../../../../api/directory";
import { useEditor } from "../../../../kit/editor/useEditor";
import { useFormProblem } from "../../../../kit/editor/useFormProblem";
import { toast } from "../../../../kit/toast";
import { accessText } from "../../../../text/access";
import { common } from "../../../../text/common";
import { useText } from "../../../../text/words";
import { EditSheet } from "../../editor/EditSheet";
import { keys } from "../queries";
import type { Hook } from "./hook";
import { WebhookFields } from "./WebhookFields";
import { HOOK_FIELDS, type HookDraft, hookDraft, readHook, versionOf, writeHook } from "./webhook";

/** Changes a webhook. */
export function EditWebhook({ hook, onClose }: { hook: Hook; onClose(): void }) {
  const c = useText(common);
  const client = useQueryClient();
  // The page reads it again every few seconds; the form is about what it began with, so that what
  // somebody else saves meanwhile is a conflict and not overwritten.
  const [read] = useState(() => versionOf(hook));
  const editor = useEditor({
    key: `webhook:${hook.id}`,
    read,
    draftOf: hookDraft,
    save: (draft, _, before) => writeHook(draft, before ?? hook),
    reread: () => readHook(hook.id),
    onSaved: () => {
      void client.invalidateQueries({ queryKey: keys.webhooks });
      toast({ text: c("saved") });
      onClose();
    },
  });
  const { problem, errorOf } = useFormProblem(editor.error, HOOK_FIELDS);
  const { labelOf, shownOf } = useHookLabels();
  return (
    <EditSheet
      title={c("edit")}
      onClose={onClose}
      editor={editor}
      problem={problem}
      labelOf={labelOf}
      shownOf={shownOf}
    >
      <WebhookFields draft={editor.draft} onChange={editor.change} errorOf={errorOf} />
    </EditSheet>
  );
}

/** How a field is called and what it holds, where two versions are shown. */
function useHookLabels() {
  const t = useText(accessText);
  const { nameOf } = useGroups();
  const labels: Record<keyof HookDraft, string> = {
    url: t("url"),
    description: t("description"),
    groupId: t("group"),
    types: t("types"),
  };
  const shownOf = (field: keyof HookDraft, draft: HookDraft): string => {
    if (field === "groupId")
      return draft.groupId === null ? t("everything") : nameOf(draft.groupId);
    if (field === "types") {
      return draft.types.includes("*") ? t("allTypes") : draft.types.join("\n");
    }
    return draft[field];
  };
  return { labelOf: (field: keyof HookDraft) => labels[field], shownOf };
}
