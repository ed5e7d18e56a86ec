import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { CalendarClock } from "lucide-react";
import { useMemo } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { useGroups } from "../../api/directory";
import { problemFrom } from "../../api/problem";
import { Button } from "../../kit/Button";
import { Page } from "../../kit/Page";
import { Failed, Skeleton } from "../../kit/States";
import { Tabs } from "../../kit/Tabs";
import { countyText } from "../../text/county";
import { useText } from "../../text/words";
import { dayIn } from "./days";
import { keys } from "./keys";
import { zoneOf } from "./names";
import { isKind, queryOf, REPORTS, type ReportName, splitOf } from "./reports/asked";
import { ExportMenu } from "./reports/ExportMenu";
import { QualityReport } from "./reports/QualityReport";
import { ReportTools } from "./reports/ReportTools";
import { ReportView } from "./reports/ReportView";
import { type Kind, readReport } from "./reports/read";

/** What was done, by days, people, groups, hotlines and kinds. */
export default function ReportPage() {
  const t = useText(countyText);
  const navigate = useNavigate();
  const asked = useParams().report ?? "";
  const name: ReportName = REPORTS.find((one) => one === asked) ?? "activity";
  const [query] = useSearchParams();
  const { groups } = useGroups();
  const today = dayIn(new Date(), zoneOf(groups, query.get("group_id")));
  const go = (next: ReportName): void => {
    const kept = new URLSearchParams(query);
    for (const own of ["by", "figure", "all"]) kept.delete(own);
    void navigate(`/reports/${next}?${kept}`);
  };
  return (
    <Page
      title={t("reports")}
      actions={
        <>
          <Button
            icon={CalendarClock}
            look="quiet"
            onPress={() => void navigate("/report-schedules")}
          >
            {t("schedules")}
          </Button>
          {isKind(name) && <ExportMenu kind={name} query={queryOf(name, query, today)} />}
        </>
      }
    >
      <Tabs
        label={t("reports")}
        value={name}
        onChange={go}
        tabs={REPORTS.map((id) => ({
          id,
          text: t(`report_${id}`),
          content: id === name && <Content name={id} today={today} />,
        }))}
      />
    </Page>
  );
}

function Content({ name, today }: { name: ReportName; today: string }) {
  return isKind(name) ? <KindOf kind={name} today={today} /> : <QualityReport today={today} />;
}

function KindOf({ kind, today }: { kind: Kind; today: string }) {
  const [search] = useSearchParams();
  const query = useMemo(() => queryOf(kind, search, today), [kind, search, today]);
  const { data, error, isPending, isPlaceholderData, refetch } = useQuery({
    queryKey: keys.report(kind, query),
    queryFn: () => readReport(kind, query),
    // Of the same report: the page changes its figures, not its shape.
    placeholderData: keepPreviousData,
  });
  const problem = problemFrom(error);
  const isSame = data?.report === kind;
  return (
    <>
      <ReportTools kind={kind} today={today} report={isSame ? data : undefined} />
      {problem !== null && <Failed problem={problem} onRetry={() => void refetch()} />}
      {problem === null && (isPending || !isSame) && <Skeleton rows={3} height="8rem" />}
      {problem === null && isSame && (
        <ReportView
          kind={kind}
          report={data}
          by={data.by[0] ?? splitOf(kind, null)}
          isOld={isPlaceholderData}
        />
      )}
    </>
  );
}
