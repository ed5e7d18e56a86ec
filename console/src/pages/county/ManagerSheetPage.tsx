import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ChartColumn, Printer } from "lucide-react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { api, dataOf } from "../../api/client";
import { type Manager, useGroups } from "../../api/directory";
import { problemFrom } from "../../api/problem";
import { Button } from "../../kit/Button";
import { DateRange } from "../../kit/DateRange";
import { writeDays } from "../../kit/days";
import { Page } from "../../kit/Page";
import { Empty, Failed, Skeleton } from "../../kit/States";
import { countyText } from "../../text/county";
import { sheetText } from "../../text/sheet";
import { useText } from "../../text/words";
import { addDays, dayIn } from "./days";
import { keys } from "./keys";
import { zoneOf } from "./names";
import { daysAsked, reportHref } from "./reports/asked";
import { ExportMenu } from "./reports/ExportMenu";
import { FrozenNote } from "./reports/FrozenNote";
import { type ReportQuery, readReport } from "./reports/read";
import { SheetCourse } from "./sheet/SheetCourse";
import { SheetFigures } from "./sheet/SheetFigures";
import { SheetHead } from "./sheet/SheetHead";
import styles from "./sheet/sheet.module.css";

/** One manager's figures beside those of the span before: to be talked about, and printed. */
export default function ManagerSheetPage() {
  const t = useText(sheetText);
  const c = useText(countyText);
  const navigate = useNavigate();
  const managerId = useParams().managerId ?? "";
  const [search, setSearch] = useSearchParams();
  const manager = useManager(managerId);
  const { groups } = useGroups();
  const zone = zoneOf(groups, manager.data?.group_id ?? null);
  const days = daysAsked(search.get("days"), dayIn(new Date(), zone));
  const query: ReportQuery = {
    from: days.from,
    until: addDays(days.to, 1),
    by: ["manager"],
    manager_id: managerId,
    compare: "previous",
  };
  const problem = problemFrom(manager.error);
  return (
    <Page
      title={t("title")}
      actions={
        manager.data !== undefined && (
          <>
            <Button
              look="quiet"
              icon={ChartColumn}
              onPress={() => void navigate(reportHref("managers", days, { compare: "previous" }))}
            >
              {t("toReport")}
            </Button>
            <ExportMenu kind="managers" query={query} />
            <Button icon={Printer} onPress={() => window.print()}>
              {t("print")}
            </Button>
          </>
        )
      }
      tools={
        <DateRange
          label={c("days")}
          value={days}
          onChange={(next) =>
            next !== null && setSearch({ days: writeDays(next) }, { replace: true })
          }
          timeZone={zone}
        />
      }
    >
      {problem !== null && <Failed problem={problem} onRetry={() => void manager.refetch()} />}
      {manager.isPending && <Skeleton rows={3} height="8rem" />}
      {manager.data !== undefined && <Sheet manager={manager.data} query={query} />}
    </Page>
  );
}

function useManager(managerId: string) {
  return useQuery({
    queryKey: keys.manager(managerId),
    queryFn: () =>
      dataOf(api.GET("/v1/managers/{manager_id}", { params: { path: { manager_id: managerId } } })),
  });
}

function Sheet({ manager, query }: { manager: Manager; query: ReportQuery }) {
  const t = useText(sheetText);
  const { data, error, isPending, isPlaceholderData, refetch } = useQuery({
    queryKey: keys.report("managers", query),
    queryFn: () => readReport("managers", query),
    placeholderData: keepPreviousData,
  });
  const problem = problemFrom(error);
  if (problem !== null) return <Failed problem={problem} onRetry={() => void refetch()} />;
  return (
    <article className={`${styles.sheet} ${isPlaceholderData ? styles.old : ""}`}>
      <SheetHead manager={manager} report={data} />
      {isPending && <Skeleton rows={12} />}
      {data !== undefined && (
        <>
          <FrozenNote from={data.from} until={data.until} />
          {data.rows.length === 0 && <Empty title={t("noCalls")}>{t("noCallsDetail")}</Empty>}
          <SheetFigures report={data} />
          <SheetCourse query={query} />
        </>
      )}
    </article>
  );
}
