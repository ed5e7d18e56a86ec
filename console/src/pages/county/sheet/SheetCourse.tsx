import { useQuery } from "@tanstack/react-query";
import { problemFrom } from "../../../api/problem";
import { useFormat } from "../../../kit/format";
import { Failed, Skeleton } from "../../../kit/States";
import { countyText } from "../../../text/county";
import { sheetText } from "../../../text/sheet";
import { useLanguage, useText } from "../../../text/words";
import { keys } from "../keys";
import { columnName, writeFigure } from "../reports/figures";
import { type ReportQuery, readReport } from "../reports/read";
import { useRowName } from "../reports/useRowName";
import { COURSE, columnsOf, courseOf } from "./sections";
import styles from "./sheet.module.css";

/** How the span went, day by day (week, month). */
export function SheetCourse({ query }: { query: ReportQuery }) {
  const t = useText(sheetText);
  const c = useText(countyText);
  const format = useFormat();
  const language = useLanguage();
  const by = courseOf(query.from, query.until);
  const nameOf = useRowName(by);
  // Weeks have none before; and the course of the span before is another sheet.
  const { compare: _, ...span } = query;
  const asked: ReportQuery = { ...span, by: [by] };
  const { data, error, isPending, refetch } = useQuery({
    queryKey: keys.report("managers", asked),
    queryFn: () => readReport("managers", asked),
  });
  const problem = problemFrom(error);
  if (problem !== null) return <Failed problem={problem} onRetry={() => void refetch()} />;
  if (isPending || data === undefined) return <Skeleton rows={6} />;
  if (data.rows.length === 0) return null;
  const columns = columnsOf(data, COURSE);
  return (
    <section className={styles.section} aria-label={t("course")}>
      <h2>{t("course")}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too */}
      <section className={styles.scroll} aria-label={t("course")} tabIndex={0}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{c(`of_${by}`)}</th>
              {columns.map((column) => (
                <th key={column.key} scope="col">
                  {columnName(column, language)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.rows.map((row) => (
              <tr key={Object.values(row.keys).join(" ")}>
                <th scope="row">{nameOf(row)}</th>
                {columns.map((column) => (
                  <td key={column.key}>
                    {writeFigure(row.figures[column.key] ?? null, column, format)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
