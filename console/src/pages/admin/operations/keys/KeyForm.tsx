import { useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { Button } from "../../../../kit/Button";
import { ConflictNote } from "../../../../kit/editor/ConflictNote";
import type { Versioned } from "../../../../kit/editor/conflict";
import { useEditor } from "../../../../kit/editor/useEditor";
import { useFormProblem } from "../../../../kit/editor/useFormProblem";
import { TextField } from "../../../../kit/Field";
import { ProblemNote } from "../../../../kit/States";
import { toast } from "../../../../kit/toast";
import { accessText, grantNames } from "../../../../text/access";
import { common } from "../../../../text/common";
import { editingText } from "../../../../text/editing";
import { permissionNames } from "../../../../text/permissions";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { Grants } from "../parts/ReachFields";
import { keys } from "../queries";
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
import { ScopeChoice } from "./ScopeChoice";

/** What a key is for, what it may and until when: changed; its secret, role and group stay. */
export function KeyForm({ read }: { read: Versioned<ApiKey> }) {
  const t = useText(accessText);
  const c = useText(common);
  const d = useText(editingText);
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
  const mustChoose = (editor.conflict?.conflicts.length ?? 0) > 0;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!mustChoose) editor.submit();
  };
  return (
    <form className={parts.form} onSubmit={submit}>
      <h3>{c("edit")}</h3>
      {editor.conflict !== null && (
        <ConflictNote
          conflict={editor.conflict}
          draft={draft}
          labelOf={labelOf}
          shownOf={shownOf}
          onDecide={editor.decide}
        />
      )}
      <TextField
        label={t("name")}
        help={t("nameHelp")}
        value={draft.name}
        onChange={(name) => change({ name })}
        error={errorOf("name")}
      />
      <Grants draft={{ role, grants: draft.grants }} onChange={change} />
      <div className={parts.two}>
        <TextField
          label={t("expiresAt")}
          help={t("expiresHelp")}
          type="date"
          value={draft.endsOn}
          onChange={(endsOn) => change({ endsOn })}
          error={errorOf("expires_at")}
        />
        <TextField
          label={t("rate")}
          help={t("rateHelp")}
          inputMode="decimal"
          value={draft.rate}
          onChange={(rate) => change({ rate })}
          error={errorOf("requests_per_s")}
        />
      </div>
      <ScopeChoice
        value={draft.scopes}
        onChange={(scopes) => change({ scopes: scopes === null ? null : [...scopes].sort() })}
        error={errorOf("scopes")}
      />
      <ProblemNote problem={problem} />
      <div className={parts.bar}>
        <Button look="primary" type="submit" isPending={editor.isSaving} isDisabled={mustChoose}>
          {c("save")}
        </Button>
        {editor.isChanged && (
          <Button look="quiet" onPress={editor.discard}>
            {d("discard")}
          </Button>
        )}
      </div>
    </form>
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
