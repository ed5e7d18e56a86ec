import { useQuery } from "@tanstack/react-query";
import { ArrowLeft, ShieldCheck } from "lucide-react";
import { useMemo } from "react";
import { useNavigate, useParams } from "react-router";
import { api, dataOf, type Schema } from "../../api/client";
import { useGroups, useManagers } from "../../api/directory";
import { usePages } from "../../api/pages";
import { Button } from "../../kit/Button";
import { Card, Facts } from "../../kit/Card";
import { Copy } from "../../kit/Copy";
import { type ColumnOf, DataTable } from "../../kit/DataTable";
import { useFormat } from "../../kit/format";
import { Page } from "../../kit/Page";
import { Empty, Failed, Skeleton } from "../../kit/States";
import { countyText } from "../../text/county";
import { useSumName } from "../../text/sums";
import { useText } from "../../text/words";
import { keys } from "./keys";
import styles from "./reports/reports.module.css";

type Correction = Schema<"CorrectionView">;

/** A closed month: when its figures became final, and what has been found since. */
export default function ReportMonthPage() {
  const t = useText(countyText);
  const navigate = useNavigate();
  const format = useFormat();
  const month = useParams().month ?? "";
  const columns = useColumns();
  const { items, isPending, problem, retry, more, isLoadingMore } = usePages<Correction>(
    keys.corrections(month),
    (cursor, signal) =>
      dataOf(
        api.GET("/v1/reports/months/{month}/corrections", {
          params: {
            path: { month },
            query: { limit: 100, ...(cursor === undefined ? {} : { cursor }) },
          },
          signal,
        }),
      ),
  );
  return (
    <Page
      title={t("correctionsOf", { month: format.month(month) })}
      actions={
        <Button icon={ArrowLeft} look="quiet" onPress={() => void navigate(-1)}>
          {t("back")}
        </Button>
      }
    >
      <div className={styles.report}>
        <Frozen month={month} />
        {problem !== null && <Failed problem={problem} onRetry={retry} />}
        {isPending && <Skeleton rows={6} />}
        {problem === null && !isPending && (
          <div className={styles.table}>
            <DataTable
              label={t("correctionsOf", { month: format.month(month) })}
              columns={columns}
              items={items}
              idOf={idOf}
              textOf={idOf}
              onMore={more}
              isLoadingMore={isLoadingMore}
              empty={
                <Empty icon={ShieldCheck} title={t("noCorrections")}>
                  {t("noCorrectionsDetail")}
                </Empty>
              }
            />
          </div>
        )}
      </div>
    </Page>
  );
}

function Frozen({ month }: { month: string }) {
  const t = useText(countyText);
  const format = useFormat();
  const { data } = useQuery({
    queryKey: keys.months,
    queryFn: () => dataOf(api.GET("/v1/reports/months")),
  });
  const frozen = data?.items.find((one) => one.month.startsWith(month));
  if (frozen === undefined) return null;
  return (
    <Card>
      <Facts
        facts={[
          { label: t("frozenAt"), value: format.dateTime(frozen.frozen_at) },
          { label: t("frozenRows"), value: format.number(frozen.rows) },
          {
            label: "SHA-256",
            value: (
              <span className={styles.hash}>
                <code>{frozen.sha256}</code>
                <Copy text={frozen.sha256} />
              </span>
            ),
          },
        ]}
      />
    </Card>
  );
}

function idOf(one: Correction): string {
  return [one.day, one.figure, one.group_id, one.manager_id, one.hotline_id, one.type, one.at].join(
    " ",
  );
}

function useColumns(): readonly ColumnOf<Correction>[] {
  const t = useText(countyText);
  const format = useFormat();
  const days = useFormat("UTC");
  const { nameOf } = useManagers();
  const { nameOf: groupName } = useGroups();
  const sumName = useSumName();
  return useMemo(() => {
    const amount = (figure: string, value: number) =>
      figure.endsWith("_ms") ? format.span(value / 1000) : format.number(value);
    return [
      { id: "day", title: t("day"), cell: (one) => days.date(`${one.day}T00:00:00Z`) },
      { id: "figure", title: t("figure"), cell: (one) => sumName(one.figure) },
      { id: "group", title: t("group"), cell: (one) => groupName(one.group_id) },
      { id: "manager", title: t("manager"), cell: (one) => nameOf(one.manager_id) },
      {
        id: "before",
        title: t("was"),
        align: "end",
        cell: (one) => amount(one.figure, one.before),
      },
      {
        id: "after",
        title: t("isNow"),
        align: "end",
        cell: (one) => amount(one.figure, one.after),
      },
      { id: "at", title: t("foundAt"), cell: (one) => format.dateTime(one.at) },
    ];
  }, [t, format, days, nameOf, groupName, sumName]);
}
