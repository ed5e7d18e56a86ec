import { TrendingDown, TrendingUp } from "lucide-react";
import { useFormat } from "../../../kit/format";
import { countyText } from "../../../text/county";
import { useLanguage, useText } from "../../../text/words";
import { Definition } from "./Definition";
import { type Change, changeOf, columnName, writeFigure } from "./figures";
import type { Column, Report } from "./read";
import styles from "./reports.module.css";

/** The totals of a report; the one that is chosen is drawn below. */
export function Tiles({
  report,
  columns,
  chosen,
  onChoose,
}: {
  report: Report;
  columns: readonly Column[];
  chosen: string;
  onChoose(key: string): void;
}) {
  const format = useFormat();
  const language = useLanguage();
  const t = useText(countyText);
  return (
    <ul className={styles.tiles} aria-label={t("totals")}>
      {columns.map((column) => {
        const { key } = column;
        const value = report.totals[key] ?? null;
        const change = changeOf(value, report.previous_totals?.[key], column);
        return (
          <li key={key} className={styles.tile} data-figure={key}>
            <button
              type="button"
              className={styles.choose}
              aria-pressed={key === chosen}
              onClick={() => onChoose(key)}
            >
              <span className={styles.tileName}>{columnName(column, language)}</span>
              <span className={styles.tileValue}>{writeFigure(value, column, format)}</span>
              {report.previous_totals?.[key] != null && (
                <ChangeNote
                  change={change}
                  before={writeFigure(report.previous_totals[key], column, format)}
                />
              )}
            </button>
            <Definition column={column} />
          </li>
        );
      })}
    </ul>
  );
}

function ChangeNote({ change, before }: { change: Change | null; before: string }) {
  const t = useText(countyText);
  if (change === null)
    return <span className={styles.change}>{t("before", { value: before })}</span>;
  return (
    <span className={styles.change}>
      <Amount change={change} />
      {t("before", { value: before })}
    </span>
  );
}

/** By how much a figure has changed, and whether that is good. */
export function Amount({ change: { by, isRelative, isGood } }: { change: Change }) {
  const t = useText(countyText);
  const format = useFormat();
  const tone = isGood === null ? "" : isGood ? styles.good : styles.bad;
  const Icon = by < 0 ? TrendingDown : TrendingUp;
  const amount = isRelative ? format.percent(by) : t("points", { by: format.number(by * 100, 1) });
  return (
    <span className={`${styles.by} ${tone}`}>
      {by !== 0 && <Icon size={14} aria-hidden />}
      {by > 0 && "+"}
      {amount}
    </span>
  );
}
