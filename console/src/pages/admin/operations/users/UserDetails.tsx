import { useQuery } from "@tanstack/react-query";
import { problemFrom } from "../../../../api/problem";
import { Facts } from "../../../../kit/Card";
import { useFormat } from "../../../../kit/format";
import { Failed, Skeleton } from "../../../../kit/States";
import { accessText } from "../../../../text/access";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { UserActions } from "./UserActions";
import { UserForm } from "./UserForm";
import { UserSessions } from "./UserSessions";
import { UserBadge } from "./UserTable";
import { type User, userQuery } from "./user";

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
      <div className={parts.stack}>
        <UserFacts user={data} />
        <UserActions user={data} onPassword={onPassword} onGone={onGone} />
        <UserSessions user={data} />
        <UserForm key={data.id} user={data} />
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
