import type { ReactNode } from "react";
import type { Pages } from "../../../../api/pages";
import { type ColumnOf, DataTable } from "../../../../kit/DataTable";
import { useFormat } from "../../../../kit/format";
import { Badge } from "../../../../kit/States";
import { accessText, roleNames } from "../../../../text/access";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { Reach } from "../parts/Reach";
import type { User } from "./user";

export interface UserTableProps {
  pages: Pages<User>;
  onOpen(user: User): void;
  empty: ReactNode;
}

const idOf = (one: User): string => one.id;
const textOf = (one: User): string => one.name || one.login;

/** Users, one a row. */
export function UserTable({ pages, onOpen, empty }: UserTableProps) {
  const t = useText(accessText);
  const role = useText(roleNames);
  const format = useFormat();
  const seen = (one: User): string =>
    one.last_login_at === null ? t("neverLoggedIn") : format.relative(one.last_login_at);
  const columns: ColumnOf<User>[] = [
    { id: "name", title: t("personName"), cell: textOf, width: "2fr" },
    { id: "login", title: t("login"), cell: (one) => one.login, width: "2fr" },
    { id: "role", title: t("role"), cell: (one) => role(one.role), width: 150 },
    {
      id: "reach",
      title: t("reach"),
      cell: (one) => <Reach groupId={one.group_id} managerId={one.manager_id} />,
    },
    {
      id: "factor",
      title: t("secondFactor"),
      cell: (one) => (one.has_second_factor ? t("factorOn") : t("factorOff")),
    },
    { id: "seen", title: t("lastLogin"), cell: seen },
    { id: "state", title: t("state"), cell: (one) => <UserBadge user={one} />, width: 110 },
  ];
  return (
    <DataTable
      label={t("users")}
      columns={columns}
      items={pages.items}
      idOf={idOf}
      textOf={textOf}
      onOpen={onOpen}
      onMore={pages.more}
      isLoadingMore={pages.isLoadingMore}
      empty={empty}
      card={(one) => (
        <>
          <div className={parts.cardLine}>
            <strong>{textOf(one)}</strong>
            <UserBadge user={one} />
          </div>
          <span className={parts.muted}>
            {role(one.role)} · {seen(one)}
          </span>
        </>
      )}
    />
  );
}

/** Whether a user gets in. */
export function UserBadge({ user }: { user: User }) {
  const t = useText(accessText);
  if (user.status === "disabled") return <Badge>{t("disabled")}</Badge>;
  return user.must_change ? (
    <Badge tone="warn">{t("mustChange")}</Badge>
  ) : (
    <Badge tone="good">{t("active")}</Badge>
  );
}
