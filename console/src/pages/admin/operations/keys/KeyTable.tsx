import type { ReactNode } from "react";
import type { Pages } from "../../../../api/pages";
import { type ColumnOf, DataTable } from "../../../../kit/DataTable";
import { useFormat } from "../../../../kit/format";
import { Badge } from "../../../../kit/States";
import { accessText, keyStates, roleNames } from "../../../../text/access";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { Reach } from "../parts/Reach";
import { type ApiKey, KEY_TONES, stateOf } from "./keys-of";

export interface KeyTableProps {
  pages: Pages<ApiKey>;
  onOpen(key: ApiKey): void;
  empty: ReactNode;
}

const idOf = (one: ApiKey): string => one.id;
const textOf = (one: ApiKey): string => one.name || one.prefix;

/** Keys, one a row. */
export function KeyTable({ pages, onOpen, empty }: KeyTableProps) {
  const t = useText(accessText);
  const role = useText(roleNames);
  const state = useText(keyStates);
  const format = useFormat();
  const used = (at: string | null): string => (at === null ? t("neverUsed") : format.relative(at));
  const badge = (one: ApiKey) => (
    <Badge tone={KEY_TONES[stateOf(one)]}>{state(stateOf(one))}</Badge>
  );
  const columns: ColumnOf<ApiKey>[] = [
    { id: "name", title: t("name"), cell: textOf, width: "2fr" },
    {
      id: "prefix",
      title: t("prefix"),
      cell: (one) => <code className={parts.mono}>{one.prefix}…</code>,
      width: 280,
    },
    { id: "role", title: t("role"), cell: (one) => role(one.role) },
    {
      id: "reach",
      title: t("reach"),
      cell: (one) => <Reach groupId={one.group_id} managerId={one.manager_id} />,
    },
    { id: "used", title: t("lastUsed"), cell: (one) => used(one.last_used_at) },
    {
      id: "ends",
      title: t("expiresAt"),
      cell: (one) => (one.expires_at === null ? t("neverExpires") : format.date(one.expires_at)),
    },
    { id: "state", title: t("state"), cell: badge, width: 110 },
  ];
  return (
    <DataTable
      label={t("keys")}
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
            {badge(one)}
          </div>
          <span className={parts.muted}>
            {role(one.role)} · {used(one.last_used_at)}
          </span>
        </>
      )}
    />
  );
}
