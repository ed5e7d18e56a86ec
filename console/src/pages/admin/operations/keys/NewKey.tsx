import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { api, dataOf } from "../../../../api/client";
import { Button } from "../../../../kit/Button";
import { Dialog } from "../../../../kit/Dialog";
import { TextField } from "../../../../kit/Field";
import { ProblemNote } from "../../../../kit/States";
import { useProblem } from "../../../../kit/useProblem";
import { accessText } from "../../../../text/access";
import { common } from "../../../../text/common";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { type ReachDraft, ReachFields } from "../parts/ReachFields";
import { keys } from "../queries";
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
  const c = useText(common);
  const form = useId();
  const client = useQueryClient();
  const [draft, setDraft] = useState(EMPTY);
  const change = (changes: Partial<Draft>): void => setDraft({ ...draft, ...changes });
  const making = useMutation({
    // Whatever it returned would stay in the cache of mutations, and the secret with it.
    mutationFn: async () => {
      const { key } = await dataOf(api.POST("/v1/keys", { body: bodyOf(draft) }));
      onMade(key);
    },
    onSuccess: () => {
      setDraft(EMPTY);
      onClose();
      return client.invalidateQueries({ queryKey: keys.apiKeys });
    },
  });
  const { problem, errorOf } = useProblem(making.error, FIELDS);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!making.isPending) making.mutate();
  };
  return (
    <Dialog
      title={t("newKey")}
      shape="sheet"
      isOpen={isOpen}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{c("cancel")}</Button>
          <Button look="primary" type="submit" form={form} isPending={making.isPending}>
            {t("newKey")}
          </Button>
        </>
      }
    >
      <form id={form} className={parts.form} onSubmit={submit}>
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
        <ProblemNote problem={problem} />
      </form>
    </Dialog>
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
    requests_per_s: draft.rate.trim() === "" ? null : Number(draft.rate),
    scopes: draft.scopes,
  };
}
