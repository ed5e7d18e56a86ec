import { useMemo } from "react";
import { useManagers } from "../../../api/directory";
import { problemFrom } from "../../../api/problem";
import { Card } from "../../../kit/Card";
import { useFormat } from "../../../kit/format";
import { Empty, Failed, Skeleton } from "../../../kit/States";
import { countyText } from "../../../text/county";
import { localeOf, useLanguage, useText } from "../../../text/words";
import { heatOf, levelOf } from "./heat";
import styles from "./plans.module.css";
import { type Plan, type Run, useDays } from "./usePlans";

/** The month of a run at a glance: how many contacts each manager has on each day. */
export function HeatMap({ plan, run }: { plan: Plan; run: Run }) {
  const t = useText(countyText);
  const { data, error, isPending } = useDays(run);
  const problem = problemFrom(error);
  const heat = useMemo(() => heatOf(data ?? []), [data]);
  return (
    <Card title={t("monthAtAGlance")} detail={t("heatDetail")} isFlush>
      {problem !== null && <Failed problem={problem} />}
      {isPending && problem === null && <Skeleton rows={6} />}
      {data !== undefined && heat.days.length === 0 && <Empty title={t("nothingPlanned")} />}
      {heat.days.length > 0 && <Table heat={heat} plan={plan} />}
    </Card>
  );
}

function Table({ heat, plan }: { heat: ReturnType<typeof heatOf>; plan: Plan }) {
  const t = useText(countyText);
  const format = useFormat("UTC");
  const locale = localeOf(useLanguage());
  const { nameOf } = useManagers();
  const weekday = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });
  const dayOf = new Intl.DateTimeFormat(locale, { day: "numeric", timeZone: "UTC" });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too
    <section className={styles.scroll} aria-label={t("monthAtAGlance")} tabIndex={0}>
      <table className={styles.heat}>
        <thead>
          <tr>
            <th scope="col">{t("manager")}</th>
            {heat.days.map((day) => (
              <th key={day} scope="col" title={format.date(`${day}T00:00:00Z`)}>
                <span>{weekday.format(new Date(`${day}T00:00:00Z`))}</span>
                {dayOf.format(new Date(`${day}T00:00:00Z`))}
              </th>
            ))}
            <th scope="col">{t("total")}</th>
          </tr>
        </thead>
        <tbody>
          {heat.rows.map((row) => (
            <tr key={row.managerId}>
              <th scope="row">{nameOf(row.managerId)}</th>
              {row.tasks.map((tasks, place) => {
                const capacity = plan.capacities[row.managerId] ?? plan.capacity_per_day;
                return (
                  <td key={heat.days[place]} className={styles[`level${levelOf(tasks, capacity)}`]}>
                    {tasks === 0 ? "" : tasks}
                  </td>
                );
              })}
              <td className={styles.sum}>{row.total}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t("total")}</th>
            {heat.totals.map((tasks, place) => (
              <td key={heat.days[place]} className={styles.sum}>
                {tasks}
              </td>
            ))}
            <td className={styles.sum}>{heat.totals.reduce((all, one) => all + one, 0)}</td>
          </tr>
        </tfoot>
      </table>
    </section>
  );
}
