import { useCallback, useMemo } from "react";
import { useNavigate } from "react-router";
import { Card } from "../../../kit/Card";
import { Chart, type Series } from "../../../kit/Chart";
import { useFormat } from "../../../kit/format";
import { countyText } from "../../../text/county";
import { useLanguage, useText } from "../../../text/words";
import { isSpan } from "./asked";
import { columnName, listHref, writeFigure } from "./figures";
import type { Column, Report, ReportRow, SplitBy } from "./read";

/** More bars than this are not told apart: the largest are drawn. */
const MOST_BARS = 24;

/** The chosen figure of each row: along time as it is, of people and kinds the largest first. */
export function ReportChart({
  report,
  column,
  by,
  nameOf,
}: {
  report: Report;
  column: Column;
  by: SplitBy;
  nameOf(row: ReportRow): string;
}) {
  const t = useText(countyText);
  const format = useFormat();
  const language = useLanguage();
  const navigate = useNavigate();
  const { key, unit } = column;
  const rows = useMemo(() => drawn(report, key, isSpan(by)), [report, key, by]);
  const labels = useMemo(() => rows.map(nameOf), [rows, nameOf]);
  const name = columnName(column, language);
  const series = useMemo(() => {
    const isCounted = unit === "count" || !isSpan(by);
    const values = rows.map((row) => row.figures[key] ?? null);
    const all: Series[] = [{ name, values, look: isCounted ? "bar" : "line" }];
    if (report.previous_totals != null) {
      const before = rows.map((row) => row.previous?.[key] ?? null);
      all.push({ name: t("previous"), values: before, look: "past" });
    }
    return all;
  }, [rows, key, unit, by, name, report.previous_totals, t]);
  const write = useCallback(
    (value: number | null) => writeFigure(value, column, format),
    [column, format],
  );
  const open = (place: number): void => {
    const row = rows[place];
    const href = row === undefined ? null : listHref(row, column.rows, column.query);
    if (href !== null) void navigate(href);
  };
  return (
    <Card
      title={name}
      {...(report.rows.length > rows.length
        ? { detail: t("largest", { count: rows.length }) }
        : {})}
    >
      <Chart
        label={t("chartOf", { name, count: rows.length })}
        labels={labels}
        series={series}
        write={write}
        isWhole={unit === "count"}
        onOpen={open}
      />
    </Card>
  );
}

function drawn(report: Report, key: string, isInTime: boolean): readonly ReportRow[] {
  if (isInTime) return report.rows;
  return [...report.rows]
    .sort((a, b) => (b.figures[key] ?? -1) - (a.figures[key] ?? -1))
    .slice(0, MOST_BARS);
}
