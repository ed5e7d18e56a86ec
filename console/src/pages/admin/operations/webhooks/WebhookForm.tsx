import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { api, dataOf, type Schema } from "../../../../api/client";
import { useGroups } from "../../../../api/directory";
import { Button } from "../../../../kit/Button";
import { Dialog } from "../../../../kit/Dialog";
import { Select, TextField } from "../../../../kit/Field";
import { ProblemNote } from "../../../../kit/States";
import { useProblem } from "../../../../kit/useProblem";
import { accessText } from "../../../../text/access";
import { common } from "../../../../text/common";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { keys } from "../queries";
import type { Hook } from "./hook";
import { TypeChoice } from "./TypeChoice";

interface Draft {
  url: string;
  description: string;
  groupId: string | null;
  types: readonly string[];
}

const EMPTY: Draft = { url: "", description: "", groupId: null, types: ["*"] };
const FIELDS = ["url", "description", "group_id", "types"];
const ALL = "all";

export interface WebhookFormProps {
  isOpen: boolean;
  onClose(): void;
  /** The webhook that is changed; without it a new one is made. */
  hook?: Hook;
  onMade?(made: Schema<"NewWebhookView">): void;
}

/** A webhook: where to, which events, of whom. */
export function WebhookForm({ isOpen, onClose, hook, onMade }: WebhookFormProps) {
  const t = useText(accessText);
  const c = useText(common);
  const form = useId();
  const client = useQueryClient();
  const { groups } = useGroups();
  const [draft, setDraft] = useState(hook === undefined ? EMPTY : draftOf(hook));
  const change = (changes: Partial<Draft>): void => setDraft({ ...draft, ...changes });
  const saving = useMutation({
    mutationFn: () => (hook === undefined ? make(draft) : replace(hook, draft)),
    onSuccess: (made) => {
      onClose();
      if (made !== null) {
        setDraft(EMPTY);
        onMade?.(made);
      }
      return client.invalidateQueries({ queryKey: keys.webhooks });
    },
  });
  const { problem, errorOf } = useProblem(saving.error, FIELDS);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    saving.mutate();
  };
  const action = hook === undefined ? t("newWebhook") : c("save");
  return (
    <Dialog
      title={hook === undefined ? t("newWebhook") : c("edit")}
      shape="sheet"
      isOpen={isOpen}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{c("cancel")}</Button>
          <Button look="primary" type="submit" form={form} isPending={saving.isPending}>
            {action}
          </Button>
        </>
      }
    >
      <form id={form} className={parts.form} onSubmit={submit}>
        <TextField
          label={t("url")}
          help={t("urlHelp")}
          value={draft.url}
          onChange={(url) => change({ url })}
          error={errorOf("url")}
          placeholder="https://"
          isRequired
          autoFocus
        />
        <TextField
          label={t("description")}
          value={draft.description}
          onChange={(description) => change({ description })}
          error={errorOf("description")}
        />
        <Select
          label={t("group")}
          options={[
            { id: ALL, text: t("everything") },
            ...groups.map(({ id, name }) => ({ id, text: name })),
          ]}
          value={draft.groupId ?? ALL}
          onChange={(id) => change({ groupId: id === ALL ? null : id })}
          error={errorOf("group_id")}
        />
        <TypeChoice
          value={draft.types}
          onChange={(types) => change({ types })}
          error={errorOf("types")}
        />
        <ProblemNote problem={problem} />
      </form>
    </Dialog>
  );
}

function draftOf({ url, description, group_id, types }: Hook): Draft {
  return { url, description, groupId: group_id, types };
}

function bodyOf(draft: Draft): Omit<Schema<"WebhookBody">, "enabled"> {
  return {
    url: draft.url.trim(),
    description: draft.description.trim(),
    group_id: draft.groupId,
    types: [...draft.types],
  };
}

async function make(draft: Draft): Promise<Schema<"NewWebhookView">> {
  return dataOf(api.POST("/v1/webhooks", { body: { ...bodyOf(draft), enabled: true } }));
}

async function replace(hook: Hook, draft: Draft): Promise<null> {
  await replaceHook(hook, bodyOf(draft));
  return null;
}

/** Write a webhook as it is, but for `changes`; refused when somebody else has changed it since. */
export function replaceHook(hook: Hook, changes: Partial<Schema<"WebhookBody">>) {
  const { id, url, description, group_id, types, enabled, version } = hook;
  return dataOf(
    api.PUT("/v1/webhooks/{webhook_id}", {
      params: { path: { webhook_id: id }, header: { "if-match": `"${version}"` } },
      body: { url, description, group_id, types, enabled, ...changes },
    }),
  );
}
