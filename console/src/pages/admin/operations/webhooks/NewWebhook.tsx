import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId } from "react";
import { Button } from "../../../../kit/Button";
import { Dialog } from "../../../../kit/Dialog";
import { ProblemNote } from "../../../../kit/States";
import { useProblem } from "../../../../kit/useProblem";
import { useSaved } from "../../../../kit/useSaved";
import { accessText } from "../../../../text/access";
import { common } from "../../../../text/common";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { keys } from "../queries";
import { WebhookFields } from "./WebhookFields";
import { HOOK_FIELDS, hookDraft, makeHook } from "./webhook";

export interface NewWebhookProps {
  isOpen: boolean;
  onClose(): void;
  /** Its id, and the secret, to be shown this once. */
  onMade(made: { id: string; secret: string }): void;
}

const EMPTY = hookDraft(null);

/** A new webhook. */
export function NewWebhook({ isOpen, onClose, onMade }: NewWebhookProps) {
  const t = useText(accessText);
  const c = useText(common);
  const form = useId();
  const client = useQueryClient();
  const { draft, change, forget } = useSaved("webhook:new", EMPTY);
  const making = useMutation({
    // Whatever it returned would stay in the cache of mutations, and the secret with it.
    mutationFn: async () => {
      const { id, secret } = await makeHook(draft);
      onMade({ id, secret });
    },
    onSuccess: () => {
      forget();
      onClose();
      return client.invalidateQueries({ queryKey: keys.webhooks });
    },
  });
  const { problem, errorOf } = useProblem(making.error, HOOK_FIELDS);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!making.isPending) making.mutate();
  };
  return (
    <Dialog
      title={t("newWebhook")}
      shape="sheet"
      isOpen={isOpen}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{c("cancel")}</Button>
          <Button look="primary" type="submit" form={form} isPending={making.isPending}>
            {t("newWebhook")}
          </Button>
        </>
      }
    >
      <form id={form} className={parts.form} onSubmit={submit}>
        <WebhookFields draft={draft} onChange={change} errorOf={errorOf} />
        <ProblemNote problem={problem} />
      </form>
    </Dialog>
  );
}
