import { type Manager, useGroups } from "../../../api/directory";
import { Facts } from "../../../kit/Card";
import { useFormat } from "../../../kit/format";
import { countyText } from "../../../text/county";
import { sheetText } from "../../../text/sheet";
import { useText } from "../../../text/words";
import { addDays } from "../days";
import type { Report } from "../reports/read";
import styles from "./sheet.module.css";

/** Whose sheet it is, of which days, counted until when. */
export function SheetHead({ manager, report }: { manager: Manager; report: Report | undefined }) {
  const t = useText(sheetText);
  const c = useText(countyText);
  const { nameOf } = useGroups();
  // Days are days wherever one looks at them.
  const days = useFormat("UTC");
  const format = useFormat(report?.timezone ?? undefined);
  const spanOf = (from: string, until: string): string =>
    t("spanOf", {
      from: days.date(`${from}T00:00:00Z`),
      to: days.date(`${addDays(until, -1)}T00:00:00Z`),
    });
  const previous = report?.previous_from ?? null;
  return (
    <header className={styles.head}>
      <h2 className={styles.who}>{manager.name}</h2>
      <Facts
        facts={[
          { label: t("staffNo"), value: manager.staff_no ?? manager.external_id ?? "–" },
          { label: t("group"), value: nameOf(manager.group_id) },
          {
            label: t("span"),
            value: report === undefined ? "…" : spanOf(report.from, report.until),
          },
          ...(report === undefined || previous === null
            ? []
            : [{ label: t("previous"), value: spanOf(previous, report.from) }]),
        ]}
      />
      {report?.as_of != null && (
        <p className={styles.asOf}>{c("asOf", { time: format.dateTime(report.as_of) })}</p>
      )}
    </header>
  );
}
