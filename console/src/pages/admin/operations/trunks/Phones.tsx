import type { UseQueryResult } from "@tanstack/react-query";
import { PhoneOff } from "lucide-react";
import type { Schema } from "../../../../api/client";
import type { PageOf } from "../../../../api/pages";
import { problemFrom } from "../../../../api/problem";
import { type ColumnOf, DataTable } from "../../../../kit/DataTable";
import { useFormat } from "../../../../kit/format";
import { Empty, Failed, Skeleton } from "../../../../kit/States";
import { systemText } from "../../../../text/system";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";

type Phone = Schema<"RegistrationView">;

const idOf = (one: Phone): string => `${one.account} ${one.transport} ${one.registered_until}`;
const textOf = (one: Phone): string => one.account;

/** The telephones that are registered, without their addresses. */
export function Phones({ query }: { query: UseQueryResult<PageOf<Phone>> }) {
  const t = useText(systemText);
  const format = useFormat();
  const problem = problemFrom(query.error);
  if (query.data === undefined) {
    return problem === null ? (
      <Skeleton rows={6} />
    ) : (
      <Failed problem={problem} onRetry={() => void query.refetch()} />
    );
  }
  const columns: ColumnOf<Phone>[] = [
    { id: "account", title: t("account"), cell: textOf, width: "2fr" },
    { id: "transport", title: t("transport"), cell: (one) => one.transport.toUpperCase() },
    { id: "until", title: t("until"), cell: (one) => format.time(one.registered_until) },
  ];
  return (
    <div className={parts.tall}>
      <DataTable
        label={t("phones")}
        columns={columns}
        items={query.data.items}
        idOf={idOf}
        textOf={textOf}
        empty={
          <Empty icon={PhoneOff} title={t("noPhones")}>
            {t("noPhonesDetail")}
          </Empty>
        }
      />
    </div>
  );
}
