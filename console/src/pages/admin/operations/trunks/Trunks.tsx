import type { UseQueryResult } from "@tanstack/react-query";
import { Cable } from "lucide-react";
import type { Schema } from "../../../../api/client";
import type { PageOf } from "../../../../api/pages";
import { problemFrom } from "../../../../api/problem";
import { Empty, Failed, Skeleton } from "../../../../kit/States";
import { systemText } from "../../../../text/system";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { TrunkCard } from "./TrunkCard";

/** Every trunk with all that is known of it: there are few. */
export function Trunks({ query }: { query: UseQueryResult<PageOf<Schema<"TrunkDetailView">>> }) {
  const t = useText(systemText);
  const problem = problemFrom(query.error);
  if (query.data === undefined) {
    return problem === null ? (
      <Skeleton rows={2} height="18rem" />
    ) : (
      <Failed problem={problem} onRetry={() => void query.refetch()} />
    );
  }
  if (query.data.items.length === 0) {
    return (
      <Empty icon={Cable} title={t("noTrunks")}>
        {t("noTrunksDetail")}
      </Empty>
    );
  }
  return (
    <div className={parts.columns}>
      {query.data.items.map((trunk) => (
        <TrunkCard key={trunk.name} trunk={trunk} />
      ))}
    </div>
  );
}
