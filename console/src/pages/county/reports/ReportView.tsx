import { useSearchParams } from "react-router";
import { Switch } from "../../../kit/Field";
import { countyText } from "../../../text/county";
import { useText } from "../../../text/words";
import { FrozenNote } from "./FrozenNote";
import { shownColumns } from "./figures";
import { ReportChart } from "./ReportChart";
import { RowsTable } from "./RowsTable";
import type { Kind, Report, SplitBy } from "./read";
import styles from "./reports.module.css";
import { Tiles } from "./Tiles";
import { useRowName } from "./useRowName";

export interface ReportViewProps {
  kind: Kind;
  report: Report;
  by: SplitBy;
  /** Another span was asked for and is not here yet. */
  isOld?: boolean;
}

/** Totals, the chosen of them as a chart, and every row: one above the other. */
export function ReportView({ kind, report, by, isOld = false }: ReportViewProps) {
  const t = useText(countyText);
  const [query, setQuery] = useSearchParams();
  const nameOf = useRowName(by);
  const showsAll = query.get("all") === "1";
  const columns = shownColumns(report, kind, showsAll);
  const chosen = report.columns.find((column) => column.key === query.get("figure")) ?? columns[0];
  const set = (name: string, value: string | null): void => {
    const next = new URLSearchParams(query);
    if (value === null) next.delete(name);
    else next.set(name, value);
    setQuery(next, { replace: true });
  };
  return (
    <div className={`${styles.report} ${isOld ? styles.old : ""}`} aria-busy={isOld}>
      <FrozenNote from={report.from} until={report.until} />
      <Tiles
        report={report}
        columns={columns}
        chosen={chosen?.key ?? ""}
        onChoose={(key) => set("figure", key)}
      />
      {chosen !== undefined && report.rows.length > 0 && (
        <ReportChart report={report} column={chosen} by={by} nameOf={nameOf} />
      )}
      <section>
        <header className={styles.rowsHead}>
          <h2>{t("reportRows")}</h2>
          <span className={styles.asOf}>{t("reportRowsDetail")}</span>
          <Switch
            label={t("allFigures")}
            isSelected={showsAll}
            onChange={(isOn) => set("all", isOn ? "1" : null)}
          />
        </header>
        <RowsTable report={report} columns={columns} nameOf={nameOf} heading={t(`of_${by}`)} />
      </section>
    </div>
  );
}
