import { useMemo, useState } from "react";
import { api, dataOf, type Schema } from "../../../api/client";
import { useManagers } from "../../../api/directory";
import { usePages } from "../../../api/pages";
import { type ColumnOf, DataTable } from "../../../kit/DataTable";
import { useFormat } from "../../../kit/format";
import { Empty, Failed, Skeleton } from "../../../kit/States";
import { type TabOf, Tabs } from "../../../kit/Tabs";
import { useCode } from "../../../text/codes";
import { countyText } from "../../../text/county";
import { classText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { CustomerName } from "../CustomerName";
import { keys } from "../keys";
import styles from "./plans.module.css";
import type { Run } from "./usePlans";

type Item = Schema<"PlanRunItemView">;
const KINDS = ["infeasible", "added", "moved", "withdrawn"] as const;
type Kind = (typeof KINDS)[number];

/** What a run does, one by one: what can't be planned and why first of all. */
export function RunItems({ run }: { run: Run }) {
  const t = useText(countyText);
  const [kind, setKind] = useState<Kind>("infeasible");
  const infeasible = Object.values(run.infeasible).reduce((all, one) => all + one, 0);
  const counts: Record<Kind, number> = {
    infeasible,
    added: run.added,
    moved: run.moved,
    withdrawn: run.withdrawn,
  };
  return (
    <Tabs
      label={t("whatItDoes")}
      value={kind}
      onChange={(next) => setKind(next)}
      tabs={KINDS.map(
        (id): TabOf<Kind> => ({
          id,
          text: t(`kind_${id}`),
          count: counts[id],
          content: id === kind && <List run={run} kind={id} />,
        }),
      )}
    />
  );
}

function List({ run, kind }: { run: Run; kind: Kind }) {
  const t = useText(countyText);
  const columns = useColumns(kind);
  const { items, isPending, problem, retry, more, isLoadingMore } = usePages<Item>(
    keys.runItems(run.id, kind),
    (cursor, signal) =>
      dataOf(
        api.GET("/v1/plans/{plan_id}/runs/{run_id}/items", {
          params: {
            path: { plan_id: run.plan_id, run_id: run.id },
            query: { kind, limit: 100, ...(cursor === undefined ? {} : { cursor }) },
          },
          signal,
        }),
      ),
  );
  if (problem !== null) return <Failed problem={problem} onRetry={retry} />;
  if (isPending) return <Skeleton rows={5} />;
  return (
    <div className={styles.items}>
      <DataTable
        label={t(`kind_${kind}`)}
        columns={columns}
        items={items}
        idOf={idOf}
        textOf={idOf}
        onMore={more}
        isLoadingMore={isLoadingMore}
        empty={<Empty title={t(kind === "infeasible" ? "allPlanned" : "noSuchItems")} />}
      />
    </div>
  );
}

function idOf({ customer_id, cadence, number }: Item): string {
  return `${customer_id} ${cadence} ${number}`;
}

function useColumns(kind: Kind): readonly ColumnOf<Item>[] {
  const t = useText(countyText);
  const format = useFormat("UTC");
  const { nameOf } = useManagers();
  const className = useCode(classText);
  return useMemo(() => {
    const day = (of: string | null): string => format.date(of === null ? null : `${of}T00:00:00Z`);
    const customer: ColumnOf<Item> = {
      id: "customer",
      title: t("customer"),
      width: "2fr",
      cell: (item) => <CustomerName id={item.customer_id} />,
    };
    const reason: ColumnOf<Item> = {
      id: "reason",
      title: t("reasonWhy"),
      width: "2fr",
      cell: (item) => (item.reason === null ? "–" : t(`cannot_${item.reason}`)),
    };
    const manager: ColumnOf<Item> = {
      id: "manager",
      title: t("manager"),
      cell: (item) => nameOf(item.manager_id ?? item.was_manager_id),
    };
    const cadence: ColumnOf<Item> = {
      id: "cadence",
      title: t("cadence"),
      cell: (item) => className(item.cadence),
    };
    const planned: ColumnOf<Item> = { id: "day", title: t("day"), cell: (item) => day(item.day) };
    const was: ColumnOf<Item> = {
      id: "was",
      title: t("wasDay"),
      cell: (item) => day(item.was_day),
    };
    if (kind === "infeasible") return [customer, reason, manager, cadence];
    if (kind === "added") return [customer, planned, manager, cadence];
    return [customer, planned, was, manager, cadence];
  }, [kind, t, format, nameOf, className]);
}
