import { useQuery } from "@tanstack/react-query";
import { Lock } from "lucide-react";
import { Link } from "react-router";
import { api, dataOf } from "../../../api/client";
import { useFormat } from "../../../kit/format";
import { common } from "../../../text/common";
import { countyText } from "../../../text/county";
import { useText } from "../../../text/words";
import { keys } from "../keys";
import styles from "./reports.module.css";

/** Says which of the months of a report are closed, and where their corrections are. */
export function FrozenNote({ from, until }: { from: string; until: string }) {
  const t = useText(countyText);
  const c = useText(common);
  const format = useFormat();
  const { data } = useQuery({
    queryKey: keys.months,
    queryFn: () => dataOf(api.GET("/v1/reports/months")),
    staleTime: 300_000,
  });
  const months = (data?.items ?? [])
    .map((one) => one.month.slice(0, 7))
    .filter((month) => month >= from.slice(0, 7) && `${month}-01` < until);
  if (months.length === 0) return null;
  return (
    <p className={styles.frozen}>
      <Lock size={15} aria-hidden />
      {t("frozen", { months: months.map((month) => format.month(month)).join(c("comma")) })}
      {months.map((month) => (
        <Link key={month} to={`/report-months/${month}`}>
          {t("correctionsOf", { month: format.month(month) })}
        </Link>
      ))}
    </p>
  );
}
