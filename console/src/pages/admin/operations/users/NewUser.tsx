import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId } from "react";
import { api, dataOf } from "../../../../api/client";
import { Button } from "../../../../kit/Button";
import { Dialog } from "../../../../kit/Dialog";
import { Switch } from "../../../../kit/Field";
import { ProblemNote } from "../../../../kit/States";
import { toast } from "../../../../kit/toast";
import { useProblem } from "../../../../kit/useProblem";
import { useSaved } from "../../../../kit/useSaved";
import { accessText } from "../../../../text/access";
import { common } from "../../../../text/common";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { keys } from "../queries";
import { UserFields } from "./UserFields";
import { bodyOf, NEW_USER, USER_FIELDS } from "./user";

export interface NewUserProps {
  isOpen: boolean;
  onClose(): void;
  /** The one-time password, to be shown this once. */
  onPassword(password: string): void;
}

/** A new user, who comes in by a one-time password or by the organisation's provider. */
export function NewUser({ isOpen, onClose, onPassword }: NewUserProps) {
  const t = useText(accessText);
  const c = useText(common);
  const form = useId();
  const client = useQueryClient();
  const { draft, change, forget } = useSaved("user:new", NEW_USER);
  const making = useMutation({
    // Whatever it returned would stay in the cache of mutations, and the password with it.
    mutationFn: async () => {
      const body = { ...bodyOf(draft, "active"), with_password: draft.withPassword };
      const { password } = await dataOf(api.POST("/v1/users", { body }));
      if (password === null) toast({ text: t("userMade") });
      else onPassword(password);
    },
    onSuccess: () => {
      forget();
      onClose();
      return client.invalidateQueries({ queryKey: keys.users });
    },
  });
  const { problem, errorOf } = useProblem(making.error, USER_FIELDS);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!making.isPending) making.mutate();
  };
  return (
    <Dialog
      title={t("newUser")}
      shape="sheet"
      isOpen={isOpen}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{c("cancel")}</Button>
          <Button look="primary" type="submit" form={form} isPending={making.isPending}>
            {t("newUser")}
          </Button>
        </>
      }
    >
      <form id={form} className={parts.form} onSubmit={submit}>
        <UserFields draft={draft} onChange={change} errorOf={errorOf} />
        <Switch
          label={t("withPassword")}
          isSelected={draft.withPassword}
          onChange={(withPassword) => change({ withPassword })}
        />
        <p className={parts.muted}>{t("oidcHelp")}</p>
        <ProblemNote problem={problem} />
      </form>
    </Dialog>
  );
}
