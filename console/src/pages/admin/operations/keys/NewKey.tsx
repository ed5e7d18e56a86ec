import { useState } from "react";
import { api, dataOf } from "../../../../api/client";
import { TextField } from "../../../../kit/Field";
import { accessText } from "../../../../text/access";
import { useText } from "../../../../text/words";
import { MakeSheet } from "../parts/MakeSheet";
import parts from "../parts/parts.module.css";
import { type ReachDraft, ReachFields } from "../parts/ReachFields";
import { keys } from "../queries";
import { rateOf } from "./key";
import { endOfDay } from "./keys-of";
import { type Permission, ScopeChoice } from "./ScopeChoice";

interface Draft extends ReachDraft {
  name: string;
  /** A day; empty: it does not end. */
  endsOn: string;
  rate: string;
  scopes: Permission[] | null;
}

const EMPTY: Draft = {
  name: "",
  role: "integrator",
  groupId: null,
  managerId: null,
  grants: [],
  endsOn: "",
  rate: "",
  scopes: null,
};
const FIELDS = ["name", "role", "group_id", "manager_id", "expires_at", "requests_per_s"];

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
  const [draft, setDraft] = useState(EMPTY);
  const change = (changes: Partial<Draft>): void => setDraft({ ...draft, ...changes });
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
      onDone={() => setDraft(EMPTY)}
      listKey={keys.apiKeys}
      fields={FIELDS}
    >
      {(errorOf) => (
        <>
          <TextField
            label={t("name")}
            help={t("nameHelp")}
            value={draft.name}
            onChange={(name) => change({ name })}
            error={errorOf("name")}
            autoFocus
          />
          <ReachFields draft={draft} onChange={change} errorOf={errorOf} />
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
          <ScopeChoice value={draft.scopes} onChange={(scopes) => change({ scopes })} />
        </>
      )}
    </MakeSheet>
  );
}

function bodyOf(draft: Draft) {
  return {
    name: draft.name.trim(),
    role: draft.role,
    group_id: draft.groupId,
    manager_id: draft.managerId,
    grants: [...draft.grants],
    expires_at: endOfDay(draft.endsOn),
    requests_per_s: rateOf(draft.rate),
    scopes: draft.scopes,
  };
}
