import { useQuery } from "@tanstack/react-query";
import { Plus, Route, Workflow } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Schema } from "../../../api/client";
import { problemFrom } from "../../../api/problem";
import { useMay } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { type ColumnOf, DataTable } from "../../../kit/DataTable";
import { useFormat } from "../../../kit/format";
import { Page } from "../../../kit/Page";
import { Empty, Failed, Skeleton } from "../../../kit/States";
import { useShortcut } from "../../../kit/shortcuts";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import { hotlinesQuery } from "../hotlines/hotlines";
import { flowsQuery } from "./flows";
import { NewFlow } from "./NewFlow";

type Listed = Schema<"FlowVersionView">;

/** What callers hear first: every flow, and which hotlines use it. */
export default function FlowsPage() {
  const t = useText(flowsText);
  const format = useFormat();
  const navigate = useNavigate();
  const mayWrite = useMay("flows.write");
  const [isNaming, setIsNaming] = useState(false);
  const { data, error, refetch } = useQuery(flowsQuery);
  const { data: hotlines } = useQuery(hotlinesQuery);
  const problem = problemFrom(error);
  useShortcut("n", t("newFlow"), () => setIsNaming(true), mayWrite);
  const usersOf = (name: string): string =>
    hotlines
      ?.filter((one) => one.flow === name)
      .map((one) => one.name || one.number)
      .join("、") || t("usedByNone");
  const columns: ColumnOf<Listed>[] = [
    { id: "name", title: t("flowName"), cell: (one) => <strong>{one.name}</strong> },
    { id: "use", title: t("usedBy"), width: "2fr", cell: (one) => usersOf(one.name) },
    { id: "version", title: t("version"), width: 90, align: "end", cell: (one) => one.version },
    {
      id: "at",
      title: t("changedAt"),
      width: 180,
      align: "end",
      cell: (one) => format.relative(one.created_at),
    },
  ];
  return (
    <Page
      title={t("flows")}
      fills
      actions={
        <>
          <Button icon={Route} onPress={() => void navigate("/explain")}>
            {t("explain")}
          </Button>
          {mayWrite && (
            <Button icon={Plus} look="primary" hint="n" onPress={() => setIsNaming(true)}>
              {t("newFlow")}
            </Button>
          )}
        </>
      }
    >
      {problem !== null && <Failed problem={problem} onRetry={() => void refetch()} />}
      {problem === null && data === undefined && <Skeleton rows={5} />}
      {data !== undefined && (
        <DataTable
          label={t("flows")}
          columns={columns}
          items={data.items}
          idOf={(one) => one.name}
          textOf={(one) => one.name}
          onOpen={(one) => void navigate(`/flows/${one.name}`)}
          empty={
            <Empty icon={Workflow} title={t("noFlows")}>
              {t("noFlowsDetail")}
            </Empty>
          }
        />
      )}
      {isNaming && (
        <NewFlow
          taken={data?.items.map((one) => one.name) ?? []}
          onClose={() => setIsNaming(false)}
        />
      )}
    </Page>
  );
}
