import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { Plus, Shapes } from "lucide-react";
import type { ReactNode } from "react";
import { problemFrom } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import { type ColumnOf, DataTable } from "../../../kit/DataTable";
import { Page } from "../../../kit/Page";
import { Empty, Failed, Skeleton } from "../../../kit/States";
import { useShortcut } from "../../../kit/shortcuts";
import { Tabs } from "../../../kit/Tabs";
import { useFilter } from "../../../kit/useFilter";
import { kindsText } from "../../../text/kinds";
import { useText } from "../../../text/words";
import { NEW, useEdited } from "../editor/useEdited";
import { type KindOf, taskTypesQuery, triggerKindsQuery } from "./kinds";
import styles from "./kinds.module.css";
import { TriggerSheet } from "./TriggerSheet";
import { TypeSheet } from "./TypeSheet";
import { TriggerCard, TypeCard, useTriggerColumns, useTypeColumns } from "./useKindColumns";
import { useMayWriteKinds } from "./useKindNames";

const FILTERS = ["of"] as const;

/** What tasks there are and what they come to; what follows from which trigger. */
export default function KindsPage() {
  const t = useText(kindsText);
  const filter = useFilter(FILTERS);
  const edited = useEdited();
  const mayWrite = useMayWriteKinds();
  const of: KindOf = filter.values.of === "triggers" ? "triggers" : "types";
  const types = useQuery(taskTypesQuery);
  const triggers = useQuery(triggerKindsQuery);
  const add = t(of === "types" ? "newType" : "newTrigger");
  useShortcut("n", add, () => edited.open(NEW), mayWrite);
  const Sheet = of === "types" ? TypeSheet : TriggerSheet;
  return (
    <Page
      title={t("title")}
      actions={
        mayWrite && (
          <Button icon={Plus} look="primary" hint="n" onPress={() => edited.open(NEW)}>
            {add}
          </Button>
        )
      }
    >
      <Tabs<KindOf>
        label={t("title")}
        value={of}
        onChange={(next) => filter.set("of", next)}
        tabs={[
          {
            id: "types",
            text: t("types"),
            content: (
              <Listed
                label={t("types")}
                query={types}
                columns={useTypeColumns()}
                card={(one) => <TypeCard type={one} />}
                onOpen={edited.open}
              />
            ),
          },
          {
            id: "triggers",
            text: t("triggers"),
            content: (
              <Listed
                label={t("triggers")}
                query={triggers}
                columns={useTriggerColumns()}
                card={(one) => <TriggerCard kind={one} />}
                onOpen={edited.open}
              />
            ),
          },
        ]}
      />
      {edited.id !== null && (
        <Sheet key={`${of} ${edited.id}`} name={edited.id} onClose={edited.close} />
      )}
    </Page>
  );
}

function Listed<Item extends { name: string }>({
  label,
  query,
  columns,
  card,
  onOpen,
}: {
  label: string;
  query: UseQueryResult<{ items: Item[] }>;
  columns: readonly ColumnOf<Item>[];
  card(item: Item): ReactNode;
  onOpen(name: string): void;
}) {
  const t = useText(kindsText);
  const problem = problemFrom(query.error);
  if (problem !== null) return <Failed problem={problem} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <Skeleton rows={10} />;
  return (
    <div className={styles.list}>
      <DataTable
        label={label}
        columns={columns}
        items={query.data.items}
        idOf={(one) => one.name}
        textOf={(one) => one.name}
        onOpen={(one) => onOpen(one.name)}
        card={card}
        empty={<Empty icon={Shapes} title={t("noKinds")} />}
      />
    </div>
  );
}
