import { useState } from "react";
import { api, dataOf } from "../../../../api/client";
import { accessText } from "../../../../text/access";
import { useText } from "../../../../text/words";
import { MakeSheet } from "../parts/MakeSheet";
import { ReachFields } from "../parts/ReachFields";
import { keys } from "../queries";
import { KeyFields } from "./KeyFields";
import { bodyOf, NEW_KEY, NEW_KEY_FIELDS, type NewKeyDraft } from "./key";

/** A new key; its secret goes to `onMade`, this once. */
export function NewKey({
  isOpen,
  onClose,
  onMade,
}: {
  isOpen: boolean;
  onClose(): void;
  onMade(secret: string): void;
}) {
  const t = useText(accessText);
  const [draft, setDraft] = useState(NEW_KEY);
  const change = (changes: Partial<NewKeyDraft>): void => setDraft({ ...draft, ...changes });
  return (
    <MakeSheet
      title={t("newKey")}
      isOpen={isOpen}
      onClose={onClose}
      make={async (headerFor) => {
        const body = bodyOf(draft);
        const params = { header: headerFor(body) };
        const { key } = await dataOf(api.POST("/v1/keys", { params, body }));
        onMade(key);
      }}
      onDone={() => setDraft(NEW_KEY)}
      listKey={keys.apiKeys}
      fields={NEW_KEY_FIELDS}
    >
      {(errorOf) => (
        <KeyFields draft={draft} onChange={change} errorOf={errorOf} autoFocus>
          <ReachFields draft={draft} onChange={change} errorOf={errorOf} />
        </KeyFields>
      )}
    </MakeSheet>
  );
}
