import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf, type Schema } from "../../../api/client";
import { problemFrom } from "../../../api/problem";
import { DataTable } from "../../../kit/DataTable";
import { DateRange } from "../../../kit/DateRange";
import { type DayRange, daysOf, spanOf } from "../../../kit/days";
import { useFormat } from "../../../kit/format";
import { Empty, Failed, Skeleton } from "../../../kit/States";
import { reviewsText } from "../../../text/reviews";
import { useText } from "../../../text/words";
import styles from "./Reviews.module.css";

type Row = Schema<"QualityRowView">;

const reportQuery = (days: DayRange) =>
  queryOptions({
    queryKey: ["quality-report", days],
    queryFn: async ({ signal }): Promise<readonly Row[]> => {
      const data: unknown = await dataOf(
        api.GET("/v1/reports/quality", {
          params: { query: { ...spanOf(days), by: "manager" } },
          signal,
        }),
      );
      if (!isReport(data)) throw new Error("not the report's JSON");
      return data.rows;
    },
    placeholderData: keepPreviousData,
  });

/** The same address answers as CSV, too; by what is asked for it is never that. */
function isReport(data: unknown): data is Schema<"QualityReportView"> {
  return typeof data === "object" && data !== null && "rows" in data;
}

/** How good each manager's talks were: the check's score, the reviewers' share, appeals. */
export function QualityReport() {
  const t = useText(reviewsText);
  const format = useFormat();
  const [days, setDays] = useState(() => daysOf("thisMonth"));
  const report = useQuery(reportQuery(days));
  const problem = problemFrom(report.error);
  return (
    <div className={styles.queue}>
      <div className={styles.next}>
        <DateRange label={t("span")} value={days} onChange={(next) => next && setDays(next)} />
      </div>
      {problem !== null && <Failed problem={problem} onRetry={() => void report.refetch()} />}
      {report.isPending && <Skeleton rows={6} />}
      {report.data !== undefined && (
        <div className={styles.table}>
          <DataTable<Row>
            label={t("quality")}
            items={report.data}
            idOf={({ id }) => id ?? "none"}
            textOf={({ name }) => name ?? "–"}
            columns={[
              { id: "name", title: t("manager"), cell: ({ name }) => name ?? "–" },
              {
                id: "talks",
                title: t("talks"),
                align: "end",
                cell: ({ talks }) => format.number(talks),
              },
              {
                id: "score",
                title: t("autoScore"),
                width: "2fr",
                cell: ({ score }) => (
                  <Bar value={score === null ? null : score / 100} text={format.number(score, 1)} />
                ),
              },
              {
                id: "share",
                title: t("reviewShare"),
                width: "2fr",
                cell: ({ review_share }) => (
                  <Bar value={review_share} text={format.percent(review_share)} />
                ),
              },
              {
                id: "findings",
                title: t("findings"),
                align: "end",
                cell: ({ findings }) =>
                  format.number(Object.values(findings).reduce((sum, one) => sum + one, 0)),
              },
              {
                id: "reviews",
                title: t("scoredReviews"),
                align: "end",
                cell: ({ scored, reviews }) =>
                  `${format.number(scored)} / ${format.number(reviews)}`,
              },
              {
                id: "not_applicable",
                title: t("notApplicable"),
                align: "end",
                cell: ({ not_applicable }) => format.number(not_applicable),
              },
              {
                id: "appeals",
                title: t("appeals"),
                align: "end",
                cell: ({ appeals, upheld }) =>
                  `${format.number(appeals)} / ${format.number(upheld)}`,
              },
            ]}
            empty={<Empty title={t("noTalks")}>{t("noTalksDetail")}</Empty>}
          />
        </div>
      )}
    </div>
  );
}

/** A share as a bar with its figure. */
function Bar({ value, text }: { value: number | null; text: string }) {
  return (
    <span className={styles.bar}>
      <span className={styles.track} aria-hidden>
        <span style={{ width: `${100 * (value ?? 0)}%` }} />
      </span>
      <span className={styles.figure}>{text}</span>
    </span>
  );
}
