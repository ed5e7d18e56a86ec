import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { problemFrom } from "../../../api/problem";
import { type ColumnOf, DataTable } from "../../../kit/DataTable";
import { useFormat } from "../../../kit/format";
import { Page } from "../../../kit/Page";
import { Badge, Failed, Skeleton } from "../../../kit/States";
import { Tabs } from "../../../kit/Tabs";
import { useFilter } from "../../../kit/useFilter";
import { kindsText } from "../../../text/kinds";
import { useLanguage, useText } from "../../../text/words";
import { useEdited } from "../editor/useEdited";
import { KindSheet } from "./KindSheet";
import {
  type KindOf,
  type TaskType,
  type TriggerKind,
  taskTypesQuery,
  triggerKindsQuery,
} from "./kinds";
import styles from "./kinds.module.css";

const FILTERS = ["of"] as const;

/** What tasks there are and what follows from which trigger, by their documents. */
export default function KindsPage() {
  const t = useText(kindsText);
  const filter = useFilter(FILTERS);
  const edited = useEdited();
  const of: KindOf = filter.values.of === "triggers" ? "triggers" : "types";
  const types = useQuery(taskTypesQuery);
  const triggers = useQuery(triggerKindsQuery);
  return (
    <Page title={t("title")}>
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
                onOpen={edited.open}
              />
            ),
          },
        ]}
      />
      {edited.id !== null && (
        <KindSheet key={`${of} ${edited.id}`} of={of} name={edited.id} onClose={edited.close} />
      )}
    </Page>
  );
}

function Listed<Item extends { name: string }>({
  label,
  query,
  columns,
  onOpen,
}: {
  label: string;
  query: UseQueryResult<{ items: Item[] }>;
  columns: readonly ColumnOf<Item>[];
  onOpen(name: string): void;
}) {
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
        empty={null}
      />
    </div>
  );
}

function useTypeColumns(): readonly ColumnOf<TaskType>[] {
  const t = useText(kindsText);
  const format = useFormat();
  const nameOf = useNames();
  return [
    { id: "name", title: t("name"), cell: (one) => <strong>{nameOf(one)}</strong> },
    { id: "code", title: t("code"), cell: (one) => one.name },
    {
      id: "priority",
      title: t("priority"),
      width: 90,
      cell: (one) => t(`priority_${one.priority}`),
    },
    { id: "due", title: t("due"), width: 130, cell: (one) => format.span(one.times.due_s) },
    {
      id: "contact",
      title: t("contact"),
      width: 130,
      cell: (one) => format.span(one.times.contact_s),
    },
    {
      id: "close",
      title: t("close"),
      width: 140,
      cell: (one) => <Days of={one.times.close_working_days} />,
    },
    {
      id: "results",
      title: t("results"),
      width: 80,
      align: "end",
      cell: (one) => one.results.length,
    },
    {
      id: "origin",
      title: t("origin"),
      width: 110,
      cell: (one) => <Origin isBuiltIn={one.is_built_in} isEdited={one.is_edited} />,
    },
  ];
}

function useTriggerColumns(): readonly ColumnOf<TriggerKind>[] {
  const t = useText(kindsText);
  const format = useFormat();
  const nameOf = useNames();
  return [
    { id: "name", title: t("name"), cell: (one) => <strong>{nameOf(one)}</strong> },
    { id: "code", title: t("code"), cell: (one) => one.name },
    { id: "task", title: t("task"), cell: (one) => one.own_type ?? one.type },
    {
      id: "priority",
      title: t("priority"),
      width: 110,
      cell: (one) => (one.priority === null ? t("asType") : t(`priority_${one.priority}`)),
    },
    {
      id: "contact",
      title: t("contact"),
      width: 130,
      cell: (one) => format.span(one.times?.contact_s ?? null),
    },
    {
      id: "close",
      title: t("close"),
      width: 140,
      cell: (one) => <Days of={one.times?.close_working_days ?? null} />,
    },
    {
      id: "origin",
      title: t("origin"),
      width: 110,
      cell: (one) => <Badge>{one.is_built_in ? t("builtIn") : t("edited")}</Badge>,
    },
  ];
}

function Days({ of }: { of: number | null }) {
  const t = useText(kindsText);
  return of === null ? "–" : t("workingDays", { count: of });
}

function Origin({ isBuiltIn, isEdited }: { isBuiltIn: boolean; isEdited: boolean }) {
  const t = useText(kindsText);
  if (!isBuiltIn) return <Badge tone="accent">{t("own")}</Badge>;
  return (
    <Badge tone={isEdited ? "warn" : "neutral"}>{isEdited ? t("edited") : t("builtIn")}</Badge>
  );
}

/** What a thing is called in the page's language. */
function useNames() {
  const language = useLanguage();
  return ({ name, names }: { name: string; names: Readonly<Record<string, unknown>> }): string =>
    String(names[language] ?? names.zh ?? name);
}
