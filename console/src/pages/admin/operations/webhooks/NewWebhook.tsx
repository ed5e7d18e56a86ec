import { useSaved } from "../../../../kit/useSaved";
import { accessText } from "../../../../text/access";
import { useText } from "../../../../text/words";
import { MakeSheet } from "../parts/MakeSheet";
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
  const { draft, change, forget } = useSaved("webhook:new", EMPTY);
  return (
    <MakeSheet
      title={t("newWebhook")}
      isOpen={isOpen}
      onClose={onClose}
      make={async (headerFor) => {
        const { id, secret } = await makeHook(draft, headerFor);
        onMade({ id, secret });
      }}
      onDone={forget}
      listKey={keys.webhooks}
      fields={HOOK_FIELDS}
    >
      {(errorOf) => <WebhookFields draft={draft} onChange={change} errorOf={errorOf} />}
    </MakeSheet>
  );
}
