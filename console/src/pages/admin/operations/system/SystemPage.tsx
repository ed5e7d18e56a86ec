import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Suspense } from "react";
import { useSearchParams } from "react-router";
import { useLive } from "../../../../api/live";
import { problemFrom } from "../../../../api/problem";
import { later } from "../../../../kit/later";
import { Page } from "../../../../kit/Page";
import { Failed, Skeleton } from "../../../../kit/States";
import { Tabs } from "../../../../kit/Tabs";
import { systemText } from "../../../../text/system";
import { useText } from "../../../../text/words";
import { alertsQuery, keys, systemQuery } from "../queries";
import { Overview } from "./Overview";

const AlertHistory = later(async () => ({
  default: (await import("./AlertHistory")).AlertHistory,
}));

const ALERT_EVENTS = ["alert.raised", "alert.cleared"] as const;

/** Is all well? And if not, what is to be done. */
export default function SystemPage() {
  const t = useText(systemText);
  const client = useQueryClient();
  const [search, setSearch] = useSearchParams();
  const view = search.get("view") === "history" ? "history" : "now";
  useLive(ALERT_EVENTS, () => {
    for (const queryKey of [keys.alerts, keys.alertHistory, keys.system]) {
      void client.invalidateQueries({ queryKey });
    }
  });
  return (
    <Page title={t("system")} detail={t("refreshed")}>
      <Tabs
        label={t("system")}
        value={view}
        onChange={(id) => setSearch(id === "history" ? { view: id } : {}, { replace: true })}
        tabs={[
          { id: "now", text: t("overview"), content: <Now /> },
          { id: "history", text: t("history"), content: <History /> },
        ]}
      />
    </Page>
  );
}

function History() {
  return (
    <Suspense fallback={<Skeleton rows={8} />}>
      <AlertHistory />
    </Suspense>
  );
}

function Now() {
  const system = useQuery(systemQuery);
  const alerts = useQuery(alertsQuery);
  const problem = problemFrom(system.error ?? alerts.error);
  if (system.data !== undefined && alerts.data !== undefined) {
    // What was known last is better than nothing while the node does not answer.
    return <Overview system={system.data} alerts={alerts.data.items} />;
  }
  if (problem !== null) {
    const retry = (): void => {
      void system.refetch();
      void alerts.refetch();
    };
    return <Failed problem={problem} onRetry={retry} />;
  }
  return <Skeleton rows={4} height="8rem" />;
}
