import { useQueryClient } from "@tanstack/react-query";
import type { Versioned } from "../../../../kit/editor/conflict";
import { useEditor } from "../../../../kit/editor/useEditor";
import { useFormProblem } from "../../../../kit/editor/useFormProblem";
import { toast } from "../../../../kit/toast";
import { accessText, grantNames } from "../../../../text/access";
import { common } from "../../../../text/common";
import { permissionNames } from "../../../../text/permissions";
import { useText } from "../../../../text/words";
import { EditForm } from "../parts/EditForm";
import { Grants } from "../parts/ReachFields";
import { keys } from "../queries";
import { KeyFields } from "./KeyFields";
import {
  KEY_FIELDS,
  type KeyDraft,
  keyDraft,
  keyQuery,
  readKey,
  replaceKey,
  settingsOf,
} from "./key";
import type { ApiKey } from "./keys-of";

/** What a key is for, what it may and until when: changed; its secret, role and group stay. */
export function KeyForm({ read }: { read: Versioned<ApiKey> }) {
  const c = useText(common);
  const client = useQueryClient();
  const { id, role } = read.data;
  const editor = useEditor<KeyDraft, ApiKey>({
    key: `key:${id}`,
    read,
    draftOf: (one) => keyDraft(one ?? read.data),
    save: (draft, tag, before) => replaceKey(id, settingsOf(draft, before ?? read.data), tag),
    reread: () => readKey(id),
    onSaved: (saved) => {
      // At once, or the form would show what was there before until it is read again.
      const known = { data: saved, tag: `"${saved.version}"` };
      client.setQueryData(keyQuery(id).queryKey, known);
      toast({ text: c("saved") });
      void client.invalidateQueries({ queryKey: keys.apiKeys });
    },
  });
  const { draft, change } = editor;
  const { problem, errorOf } = useFormProblem(editor.error, KEY_FIELDS);
  const { labelOf, shownOf } = useKeyLabels();
  return (
    <EditForm editor={editor} problem={problem} labelOf={labelOf} shownOf={shownOf}>
      <KeyFields draft={draft} onChange={change} errorOf={errorOf}>
        <Grants
          draft={{ role, grants: draft.grants }}
          onChange={change}
          error={errorOf("grants")}
        />
      </KeyFields>
    </EditForm>
  );
}

/** How a field is called and what it holds, where two versions are shown. */
function useKeyLabels() {
  const t = useText(accessText);
  const grant = useText(grantNames);
  const permission = useText(permissionNames);
  const labels: Record<keyof KeyDraft, string> = {
    name: t("name"),
    grants: t("grants"),
    scopes: t("scopes"),
    endsOn: t("expiresAt"),
    rate: t("rate"),
  };
  const shownOf = (field: keyof KeyDraft, draft: KeyDraft): string => {
    if (field === "grants") return draft.grants.map((one) => grant(one)).join("、");
    if (field === "scopes") {
      return draft.scopes?.map((one) => permission(one)).join("、") ?? t("allScopes");
    }
    if (field === "endsOn") return draft.endsOn || t("neverExpires");
    return draft[field];
  };
  return { labelOf: (field: keyof KeyDraft) => labels[field], shownOf };
}
