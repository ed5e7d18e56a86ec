import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { api, dataOf, type Schema } from "../../../api/client";
import { useGroups } from "../../../api/directory";
import { problemFrom } from "../../../api/problem";
import { type ColumnOf, DataTable } from "../../../kit/DataTable";
import { DateRange } from "../../../kit/DateRange";
import { spanOf, writeDays } from "../../../kit/days";
import { Select } from "../../../kit/Field";
import { useFormat } from "../../../kit/format";
import { Empty, Failed, Skeleton } from "../../../kit/States";
import { countyText } from "../../../text/county";
import { useText } from "../../../text/words";
import { GroupSelect } from "../GroupSelect";
import { keys } from "../keys";
import { zoneOf } from "../names";
import { daysAsked } from "./asked";
import { ExportQuality } from "./ExportMenu";
import styles from "./reports.module.css";

type Row = Schema<"QualityRowView">;
const SPLITS = ["manager", "group", "script"] as const;

/** How talks were led: what was found in them, how they were scored. */
export function QualityReport({ today }: { today: string }) {
  const t = useText(countyText);
  const [query, setQuery] = useSearchParams();
  const { groups } = useGroups();
  const groupId = query.get("group_id");
  const zone = zoneOf(groups, groupId);
  const days = daysAsked(query.get("days"), today);
  const by = SPLITS.find((one) => one === query.get("by")) ?? "manager";
  const asked = { ...spanOf(days, zone), by, ...(groupId === null ? {} : { group_id: groupId }) };
  const { data, error, isPending, refetch } = useQuery({
    queryKey: keys.report("quality", asked),
    queryFn: async () => {
      const report = await dataOf(api.GET("/v1/reports/quality", { params: { query: asked } }));
      return typeof report === "string" ? null : report;
    },
  });
  const columns = useColumns(t(`of_${by}`));
  const problem = problemFrom(error);
  const set = (name: string, value: string | null): void => {
    const next = new URLSearchParams(query);
    if (value === null) next.delete(name);
    else next.set(name, value);
    setQuery(next, { replace: true });
  };
  return (
    <>
      <div className={styles.tools}>
        <DateRange
          label={t("days")}
          value={days}
          onChange={(next) => set("days", next === null ? null : writeDays(next))}
          timeZone={zone}
        />
        <Select
          label={t("splitBy")}
          hideLabel
          options={SPLITS.map((id) => ({ id, text: t(`by_${id}`) }))}
          value={by}
          onChange={(id) => set("by", id)}
        />
        <GroupSelect groups={groups} value={groupId} onChange={(id) => set("group_id", id)} />
        <ExportQuality query={asked} days={days} />
      </div>
      {problem !== null && <Failed problem={problem} onRetry={() => void refetch()} />}
      {isPending && <Skeleton rows={6} />}
      {data != null && (
        <div className={styles.table}>
          <DataTable
            label={t("report_quality")}
            columns={columns}
            items={data.rows}
            idOf={idOfRow}
            textOf={nameOfRow}
            card={(row) => <RowCard row={row} columns={columns} />}
            empty={<Empty title={t("noRows")}>{t("noRowsDetail")}</Empty>}
          />
        </div>
      )}
    </>
  );
}

function idOfRow(row: Row): string {
  return row.id ?? "none";
}

function nameOfRow(row: Row): string {
  return row.name ?? "–";
}

/** So many figures have room below the name on a phone. */
const ON_CARD = 4;

function RowCard({ row, columns }: { row: Row; columns: readonly ColumnOf<Row>[] }) {
  const [name, ...figures] = columns;
  return (
    <div className={styles.card}>
      {name?.cell(row)}
      <span className={styles.cardFigures}>
        {figures.slice(0, ON_CARD).map((one) => (
          <span key={one.id}>
            {one.title} {one.cell(row)}
          </span>
        ))}
      </span>
    </div>
  );
}

function useColumns(heading: string): readonly ColumnOf<Row>[] {
  const t = useText(countyText);
  const format = useFormat();
  const count = (id: string, title: string, of: (row: Row) => number): ColumnOf<Row> => ({
    id,
    title,
    align: "end",
    cell: (row) => format.number(of(row)),
  });
  return [
    {
      id: "name",
      title: heading,
      width: "2fr",
      cell: (row) => <b>{row.name ?? t("withoutAny")}</b>,
    },
    count("talks", t("q_talks"), (row) => row.talks),
    count("checked", t("q_checked"), (row) => row.checked),
    { id: "score", title: t("q_score"), align: "end", cell: (row) => format.number(row.score, 1) },
    count("findings", t("q_findings"), (row) =>
      Object.values(row.findings).reduce((sum, one) => sum + one, 0),
    ),
    count("reviews", t("q_reviews"), (row) => row.reviews),
    {
      id: "share",
      title: t("q_share"),
      align: "end",
      cell: (row) => format.percent(row.review_share),
    },
    {
      id: "appeals",
      title: t("q_appeals"),
      align: "end",
      cell: (row) => `${row.appeals} / ${row.upheld}`,
    },
  ];
}
