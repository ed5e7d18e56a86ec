import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { problemFrom } from "../../../../api/problem";
import { useWho } from "../../../../api/session";
import { Button } from "../../../../kit/Button";
import { Facts } from "../../../../kit/Card";
import { useFormat } from "../../../../kit/format";
import { Failed, ProblemNote, Skeleton } from "../../../../kit/States";
import { toast } from "../../../../kit/toast";
import { useProblem } from "../../../../kit/useProblem";
import { accessText } from "../../../../text/access";
import { common } from "../../../../text/common";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { keys } from "../queries";
import { UserActions } from "./UserActions";
import { UserFields } from "./UserFields";
import { UserSessions } from "./UserSessions";
import { UserBadge } from "./UserTable";
import {
  bodyOf,
  draftOf,
  type ReadUser,
  replaceUser,
  USER_FIELDS,
  type User,
  userQuery,
} from "./user";

export interface UserDetailsProps {
  id: string;
  onPassword(password: string): void;
  /** The user was deleted. */
  onGone(): void;
}

/** One user: how they come in, what they may, where they are logged in. */
export function UserDetails({ id, onPassword, onGone }: UserDetailsProps) {
  const { data, error, refetch } = useQuery(userQuery(id));
  const problem = problemFrom(error);
  if (data !== undefined) {
    return (
      <div className={parts.form}>
        <UserFacts user={data} />
        <UserActions user={data} onPassword={onPassword} onGone={onGone} />
        <UserSessions user={data} />
        <UserForm key={`${data.id} ${data.etag}`} user={data} />
      </div>
    );
  }
  if (problem !== null) return <Failed problem={problem} onRetry={() => void refetch()} />;
  return <Skeleton rows={8} />;
}

function UserFacts({ user }: { user: User }) {
  const t = useText(accessText);
  const format = useFormat();
  const by = [user.has_password && t("byPassword"), user.has_oidc && t("byOidc")].filter(Boolean);
  return (
    <Facts
      facts={[
        { label: t("state"), value: <UserBadge user={user} /> },
        { label: t("loginBy"), value: by.join("、") || t("byOidc") },
        {
          label: t("secondFactor"),
          value: user.has_second_factor ? t("factorOn") : t("factorOff"),
        },
        {
          label: t("lastLogin"),
          value:
            user.last_login_at === null ? t("neverLoggedIn") : format.dateTime(user.last_login_at),
        },
      ]}
    />
  );
}

function UserForm({ user }: { user: ReadUser }) {
  const t = useText(accessText);
  const c = useText(common);
  const who = useWho();
  const client = useQueryClient();
  const [draft, setDraft] = useState(() => draftOf(user));
  const saving = useMutation({
    mutationFn: () => replaceUser(user, bodyOf(draft, user.status)),
    onSuccess: () => {
      toast({ text: c("saved") });
      return client.invalidateQueries({ queryKey: keys.users });
    },
  });
  const { problem, errorOf } = useProblem(saving.error, USER_FIELDS);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    saving.mutate();
  };
  return (
    <form className={parts.form} onSubmit={submit}>
      <h3>{c("edit")}</h3>
      {user.oidc_managed && <p className={parts.muted}>{t("managedByOidc")}</p>}
      <UserFields
        draft={draft}
        onChange={(changes) => setDraft({ ...draft, ...changes })}
        errorOf={errorOf}
        isReachFixed={user.oidc_managed || user.id === who.principal}
      />
      <ProblemNote problem={problem} />
      <div className={parts.bar}>
        <Button look="primary" type="submit" isPending={saving.isPending}>
          {c("save")}
        </Button>
      </div>
    </form>
  );
}
