import { Link } from "react-router";
import { useFormat } from "../../../kit/format";
import { sheetText } from "../../../text/sheet";
import { useLanguage, useText } from "../../../text/words";
import { Definition } from "../reports/Definition";
import { changeOf, columnName, rowsHref, writeFigure } from "../reports/figures";
import type { Column, Report } from "../reports/read";
import { Amount } from "../reports/Tiles";
import { columnsOf, SECTIONS } from "./sections";
import styles from "./sheet.module.css";

/** Every figure of a manager beside that of the span before, by what it is about. */
export function SheetFigures({ report }: { report: Report }) {
  const t = useText(sheetText);
  return (
    <div className={styles.sections}>
      {SECTIONS.map(({ id, keys }) => (
        <section key={id} className={styles.section} aria-label={t(`of_${id}`)}>
          <h2>{t(`of_${id}`)}</h2>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{t("figure")}</th>
                <th scope="col">{t("now")}</th>
                <th scope="col">{t("before")}</th>
                <th scope="col">{t("change")}</th>
              </tr>
            </thead>
            <tbody>
              {columnsOf(report, keys).map((column) => (
                <FigureRow key={column.key} column={column} report={report} />
              ))}
            </tbody>
          </table>
        </section>
      ))}
    </div>
  );
}

function FigureRow({ column, report }: { column: Column; report: Report }) {
  const format = useFormat();
  const language = useLanguage();
  const [row] = report.rows;
  const value = report.totals[column.key] ?? null;
  const before = report.previous_totals?.[column.key] ?? null;
  const href = row === undefined || !value ? null : rowsHref(row, column);
  const text = writeFigure(value, column, format);
  const change = changeOf(value, before, column);
  return (
    <tr data-figure={column.key}>
      <th scope="row">
        <span className={styles.name}>
          {columnName(column, language)}
          <span className={styles.help}>
            <Definition column={column} />
          </span>
        </span>
      </th>
      <td className={styles.now}>{href === null ? text : <Link to={href}>{text}</Link>}</td>
      <td className={styles.before}>{writeFigure(before, column, format)}</td>
      <td>{change === null ? "–" : <Amount change={change} />}</td>
    </tr>
  );
}
