import { useQuery } from "@tanstack/react-query";
import { problemFrom } from "../../../../api/problem";
import { Page } from "../../../../kit/Page";
import { Failed, Skeleton } from "../../../../kit/States";
import { systemText } from "../../../../text/system";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { nodesQuery } from "../queries";
import { NodeCard } from "./NodeCard";

/** Who runs on this store: each node, as it said of itself last. */
export default function NodesPage() {
  const t = useText(systemText);
  const { data, error, refetch } = useQuery(nodesQuery);
  const problem = problemFrom(error);
  const silent = data?.items.filter((one) => one.state === "silent").length ?? 0;
  const count = data?.items.length ?? 0;
  return (
    <Page
      title={t("nodes")}
      detail={silent > 0 ? t("nodesSilent", { silent, count }) : t("nodesDetail", { count })}
    >
      {problem !== null && data === undefined ? (
        <Failed problem={problem} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Skeleton rows={2} height="16rem" />
      ) : (
        <div className={parts.columns}>
          {data.items.map((node) => (
            <NodeCard key={node.name} node={node} />
          ))}
        </div>
      )}
    </Page>
  );
}
