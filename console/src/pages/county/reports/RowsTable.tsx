import { useMemo } from "react";
import { Link } from "react-router";
import { type ColumnOf, DataTable } from "../../../kit/DataTable";
import { useFormat } from "../../../kit/format";
import { Empty } from "../../../kit/States";
import { countyText } from "../../../text/county";
import { useLanguage, useText } from "../../../text/words";
import { columnName, listHref, rowsHref, sheetHref, writeFigure } from "./figures";
import type { Column, Report, ReportRow } from "./read";
import styles from "./reports.module.css";

export interface RowsTableProps {
  report: Report;
  columns: readonly Column[];
  /** What a row is about, in words. */
  nameOf(row: ReportRow): string;
  /** What rows are about. */
  heading: string;
}

/** The rows of a report; a figure that has a list of exactly its rows leads there. */
export function RowsTable({ report, columns, nameOf, heading }: RowsTableProps) {
  const t = useText(countyText);
  const format = useFormat();
  const language = useLanguage();
  const shown = useMemo((): readonly ColumnOf<ReportRow>[] => {
    const [first] = columns;
    return [
      {
        id: "row",
        title: heading,
        width: 180,
        cell: (row) => (
          <RowName report={report} row={row} name={nameOf(row)} list={first?.rows ?? ""} />
        ),
      },
      ...columns.map(
        (column): ColumnOf<ReportRow> => ({
          id: column.key,
          title: columnName(column, language),
          align: "end",
          width: columns.length > 9 ? 124 : "1fr",
          cell: (row) => (
            <FigureCell
              text={writeFigure(row.figures[column.key] ?? null, column, format)}
              before={
                row.previous == null
                  ? null
                  : writeFigure(row.previous[column.key] ?? null, column, format)
              }
              href={row.figures[column.key] ? rowsHref(row, column) : null}
            />
          ),
        }),
      ),
    ];
  }, [report, columns, heading, nameOf, format, language]);
  return (
    <div className={styles.table}>
      <DataTable
        label={t("reportRows")}
        columns={shown}
        items={report.rows}
        idOf={idOfRow}
        textOf={nameOf}
        card={(row) => <RowCard report={report} row={row} name={nameOf(row)} columns={columns} />}
        empty={<Empty title={t("noRows")}>{t("noRowsDetail")}</Empty>}
      />
    </div>
  );
}

function idOfRow(row: ReportRow): string {
  return Object.values(row.keys).join(" ");
}

interface RowNameProps {
  report: Report;
  row: ReportRow;
  name: string;
  list: string;
}

function RowName({ report, row, name, list }: RowNameProps) {
  const href = sheetHref(report, row) ?? listHref(row, list);
  return href === null ? <b>{name}</b> : <Link to={href}>{name}</Link>;
}

function FigureCell({
  text,
  before,
  href,
}: {
  text: string;
  before: string | null;
  href: string | null;
}) {
  return (
    <span className={styles.cell}>
      {href === null ? text : <Link to={href}>{text}</Link>}
      {before !== null && <small className={styles.before}>{before}</small>}
    </span>
  );
}

/** A row on a phone: its first figures, the name above. */
function RowCard({
  report,
  row,
  name,
  columns,
}: {
  report: Report;
  row: ReportRow;
  name: string;
  columns: readonly Column[];
}) {
  const format = useFormat();
  const language = useLanguage();
  return (
    <div className={styles.card}>
      <RowName report={report} row={row} name={name} list={columns[0]?.rows ?? ""} />
      <div className={styles.cardFigures}>
        {columns.slice(0, 3).map((column) => (
          <span key={column.key}>
            {columnName(column, language)}{" "}
            <FigureCell
              text={writeFigure(row.figures[column.key] ?? null, column, format)}
              before={null}
              href={row.figures[column.key] ? rowsHref(row, column) : null}
            />
          </span>
        ))}
      </div>
    </div>
  );
}
