import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useGroups, useManagers } from "../../../../api/directory";
import { useWho } from "../../../../api/session";
import { useEditor } from "../../../../kit/editor/useEditor";
import { useFormProblem } from "../../../../kit/editor/useFormProblem";
import { toast } from "../../../../kit/toast";
import { accessText, grantNames, roleNames } from "../../../../text/access";
import { common } from "../../../../text/common";
import { useText } from "../../../../text/words";
import { EditForm } from "../parts/EditForm";
import parts from "../parts/parts.module.css";
import { keys } from "../queries";
import { UserFields } from "./UserFields";
import {
  bodyOf,
  draftOf,
  type ReadUser,
  readUser,
  replaceUser,
  USER_FIELDS,
  type UserDraft,
  userQuery,
} from "./user";

/** Who a user is, as what, and whose things they see: changed. */
export function UserForm({ user }: { user: ReadUser }) {
  const t = useText(accessText);
  const c = useText(common);
  const who = useWho();
  const client = useQueryClient();
  const read = useMemo(() => ({ data: user, tag: user.etag }), [user]);
  const editor = useEditor<UserDraft, ReadUser>({
    key: `user:${user.id}`,
    read,
    draftOf: (one) => draftOf(one ?? user),
    save: (draft, _, before) => {
      const written = before ?? user;
      return replaceUser(written, bodyOf(draft, written.status));
    },
    reread: async () => {
      const theirs = await readUser(user.id);
      return { data: theirs, tag: theirs.etag };
    },
    onSaved: (saved) => {
      client.setQueryData(userQuery(user.id).queryKey, saved);
      toast({ text: c("saved") });
      void client.invalidateQueries({ queryKey: keys.users });
    },
  });
  const { problem, errorOf } = useFormProblem(editor.error, USER_FIELDS);
  const { labelOf, shownOf } = useUserLabels();
  return (
    <EditForm editor={editor} problem={problem} labelOf={labelOf} shownOf={shownOf}>
      {user.oidc_managed && <p className={parts.muted}>{t("managedByOidc")}</p>}
      <UserFields
        draft={editor.draft}
        onChange={editor.change}
        errorOf={errorOf}
        isReachFixed={user.oidc_managed || user.id === who.principal}
      />
    </EditForm>
  );
}

/** How a field is called and what it holds, where two versions are shown. */
function useUserLabels() {
  const t = useText(accessText);
  const role = useText(roleNames);
  const grant = useText(grantNames);
  const { nameOf: groupOf } = useGroups();
  const { nameOf: managerOf } = useManagers();
  const labels: Record<keyof UserDraft, string> = {
    login: t("login"),
    name: t("personName"),
    phone: t("phone"),
    role: t("role"),
    groupId: t("group"),
    managerId: t("manager"),
    grants: t("grants"),
    withPassword: t("withPassword"),
  };
  const shownOf = (field: keyof UserDraft, draft: UserDraft): string => {
    if (field === "role") return role(draft.role);
    if (field === "groupId")
      return draft.groupId === null ? t("everything") : groupOf(draft.groupId);
    if (field === "managerId") return managerOf(draft.managerId);
    if (field === "grants") return draft.grants.map((one) => grant(one)).join("、");
    if (field === "withPassword") return "";
    return draft[field];
  };
  return { labelOf: (field: keyof UserDraft) => labels[field], shownOf };
}
