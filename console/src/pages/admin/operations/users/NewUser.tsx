import { api, dataOf } from "../../../../api/client";
import { Switch } from "../../../../kit/Field";
import { toast } from "../../../../kit/toast";
import { useSaved } from "../../../../kit/useSaved";
import { accessText } from "../../../../text/access";
import { useText } from "../../../../text/words";
import { MakeSheet } from "../parts/MakeSheet";
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
  const { draft, change, forget } = useSaved("user:new", NEW_USER);
  return (
    <MakeSheet
      title={t("newUser")}
      isOpen={isOpen}
      onClose={onClose}
      make={async (headerFor) => {
        const body = { ...bodyOf(draft, "active"), with_password: draft.withPassword };
        const params = { header: headerFor(body) };
        const { password } = await dataOf(api.POST("/v1/users", { params, body }));
        if (password === null) toast({ text: t("userMade") });
        else onPassword(password);
      }}
      onDone={forget}
      listKey={keys.users}
      fields={USER_FIELDS}
    >
      {(errorOf) => (
        <>
          <UserFields draft={draft} onChange={change} errorOf={errorOf} />
          <Switch
            label={t("withPassword")}
            isSelected={draft.withPassword}
            onChange={(withPassword) => change({ withPassword })}
          />
          <p className={parts.muted}>{t("oidcHelp")}</p>
        </>
      )}
    </MakeSheet>
  );
}
