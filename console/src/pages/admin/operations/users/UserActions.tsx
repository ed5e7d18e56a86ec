import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../../../api/client";
import { useWho } from "../../../../api/session";
import { Button } from "../../../../kit/Button";
import { Confirm } from "../../../../kit/Confirm";
import { useMutationToast } from "../../../../kit/useMutationToast";
import { accessText } from "../../../../text/access";
import { common } from "../../../../text/common";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { keys } from "../queries";
import { bodyOf, draftOf, type ReadUser, replaceUser } from "./user";

type Asked = "disable" | "reset" | "factor" | "delete";

export interface UserActionsProps {
  user: ReadUser;
  onPassword(password: string): void;
  onGone(): void;
}

/** What an administrator does for or against somebody who logs in; not to the own account. */
export function UserActions({ user, onPassword, onGone }: UserActionsProps) {
  const t = useText(accessText);
  const c = useText(common);
  const who = useWho();
  const client = useQueryClient();
  const [asked, setAsked] = useState<Asked | null>(null);
  const params = { path: { user_id: user.id } };
  const changed = () => client.invalidateQueries({ queryKey: keys.users });
  const setStatus = (status: ReadUser["status"]) =>
    replaceUser(user, bodyOf(draftOf(user), status));
  const enable = useMutationToast({
    mutationFn: () => setStatus("active"),
    done: () => t("active"),
    onSuccess: changed,
  });
  const unlock = useMutationToast({
    mutationFn: () => api.POST("/v1/users/{user_id}/unlock", { params }),
    done: () => t("unlocked"),
  });
  const isSelf = user.id === who.principal;
  const dialogs: Record<Asked, { title: string; text: string; action: string; run(): unknown }> = {
    disable: {
      title: t("disableTitle", { name: user.name || user.login }),
      text: t("disableText"),
      action: t("disable"),
      run: () => setStatus("disabled"),
    },
    reset: {
      title: t("resetPassword"),
      text: t("resetText"),
      action: t("resetPassword"),
      run: async () => {
        const made = await dataOf(api.POST("/v1/users/{user_id}/password", { params }));
        if (made.password !== null) onPassword(made.password);
      },
    },
    factor: {
      title: t("removeFactor"),
      text: t("removeFactorText"),
      action: t("removeFactor"),
      run: () => api.DELETE("/v1/users/{user_id}/totp", { params }),
    },
    delete: {
      title: t("deleteUser"),
      text: t("deleteUserText"),
      action: c("delete"),
      run: async () => {
        await api.DELETE("/v1/users/{user_id}", { params });
        onGone();
      },
    },
  };
  const dialog = asked === null ? null : dialogs[asked];
  return (
    <div className={parts.bar}>
      {user.has_password && (
        <Button onPress={() => setAsked("reset")} isDisabled={isSelf}>
          {t("resetPassword")}
        </Button>
      )}
      <Button onPress={() => unlock.mutate()} isPending={unlock.isPending}>
        {t("unlock")}
      </Button>
      {user.has_second_factor && (
        <Button onPress={() => setAsked("factor")}>{t("removeFactor")}</Button>
      )}
      {!isSelf && user.status === "active" && (
        <Button onPress={() => setAsked("disable")}>{t("disable")}</Button>
      )}
      {!isSelf && user.status === "disabled" && (
        <Button onPress={() => enable.mutate()} isPending={enable.isPending}>
          {t("enable")}
        </Button>
      )}
      {!isSelf && <Button onPress={() => setAsked("delete")}>{c("delete")}</Button>}
      <Confirm
        title={dialog?.title ?? ""}
        action={dialog?.action ?? ""}
        isOpen={dialog !== null}
        onClose={() => setAsked(null)}
        onConfirm={async () => {
          await dialog?.run();
          if (asked !== "delete") await changed();
          else await client.invalidateQueries({ queryKey: [...keys.users, "list"] });
        }}
      >
        {dialog?.text}
      </Confirm>
    </div>
  );
}
