import { api, dataOf, type Schema } from "../../../../api/client";
import { usePages } from "../../../../api/pages";
import { type ColumnOf, DataTable } from "../../../../kit/DataTable";
import { useFormat } from "../../../../kit/format";
import { Badge, Empty, Failed, Skeleton } from "../../../../kit/States";
import { systemText } from "../../../../text/system";
import { useText } from "../../../../text/words";
import styles from "../parts/parts.module.css";
import { keys, pageQuery } from "../queries";
import { useAlertText } from "./words";

type Change = Schema<"AlertChangeView">;

const idOf = (one: Change): string => `${one.node}/${one.slug}/${one.raised}/${one.at}`;

/** What was raised and cleared, the newest first. */
export function AlertHistory() {
  const t = useText(systemText);
  const textOf = useAlertText();
  const format = useFormat();
  const pages = usePages(keys.alertHistory, (cursor, signal) =>
    dataOf(api.GET("/v1/alerts/history", { params: { query: pageQuery(cursor) }, signal })),
  );
  if (pages.problem !== null) return <Failed problem={pages.problem} onRetry={pages.retry} />;
  if (pages.isPending) return <Skeleton rows={8} />;
  const state = (one: Change) => (
    <Badge tone={one.raised ? "bad" : "good"}>{one.raised ? t("raised") : t("cleared")}</Badge>
  );
  const columns: ColumnOf<Change>[] = [
    { id: "alert", title: t("alert"), cell: (one) => textOf(one.slug).title, width: "2fr" },
    { id: "state", title: t("state"), cell: state, width: 110 },
    { id: "at", title: t("when"), cell: (one) => format.dateTime(one.at), width: 150 },
    { id: "node", title: t("node"), cell: (one) => one.node },
    { id: "detail", title: t("detail"), cell: (one) => one.detail, width: "3fr" },
  ];
  return (
    <div className={styles.tall}>
      <DataTable
        label={t("history")}
        columns={columns}
        items={pages.items}
        idOf={idOf}
        textOf={(one) => textOf(one.slug).title}
        onMore={pages.more}
        isLoadingMore={pages.isLoadingMore}
        empty={<Empty title={t("noHistory")} />}
        card={(one) => (
          <>
            <div className={styles.cardLine}>
              <span>{textOf(one.slug).title}</span>
              {state(one)}
            </div>
            <span className={styles.muted}>{format.dateTime(one.at)}</span>
          </>
        )}
      />
    </div>
  );
}
