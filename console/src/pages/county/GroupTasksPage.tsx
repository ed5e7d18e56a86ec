import { FileUp, UserRoundCheck } from "lucide-react";
import { useMemo, useState } from "react";
import type { Selection } from "react-aria-components";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { api, dataOf } from "../../api/client";
import { useGroups, useManagers } from "../../api/directory";
import { usePages } from "../../api/pages";
import { useWho } from "../../api/session";
import { isPageFor } from "../../app/areas";
import { Button } from "../../kit/Button";
import { type ColumnOf, DataTable } from "../../kit/DataTable";
import { type Format, useFormat } from "../../kit/format";
import { Page } from "../../kit/Page";
import { Badge, Empty, Failed, Skeleton } from "../../kit/States";
import { priorities, taskStates, taskTypes, useCode } from "../../text/codes";
import { countyText } from "../../text/county";
import { useText } from "../../text/words";
import { askedOf, TASK_FILTERS } from "./asked";
import { keys } from "./keys";
import listStyles from "./List.module.css";
import { zoneOf } from "./names";
import { TaskSheet } from "./tasks/TaskSheet";
import { TaskTools } from "./tasks/TaskTools";
import { type NamedTask, toneOf } from "./tasks/task";
import styles from "./tasks/tasks.module.css";

/** The tasks of the group, the newest first: whose, how far, by when. */
export default function GroupTasksPage() {
  const t = useText(countyText);
  const navigate = useNavigate();
  const who = useWho();
  const [search] = useSearchParams();
  const { taskId } = useParams();
  const { groups } = useGroups();
  const zone = zoneOf(groups, search.get("group_id"));
  const columns = useColumns(useFormat(zone));
  const query = askedOf(search, TASK_FILTERS);
  const [selected, select] = useState<Selection>(new Set());
  const mayAssign = who.permissions.includes("tasks.assign") && isPageFor(who, "/assign");
  const { items, isPending, problem, retry, more, isLoadingMore } = usePages<NamedTask>(
    keys.tasks(query),
    (cursor, signal) =>
      dataOf(
        api.GET("/v1/tasks", {
          params: { query: { ...query, limit: 100, ...(cursor === undefined ? {} : { cursor }) } },
          signal,
        }),
      ),
  );
  const shown = more === undefined ? `${items.length}` : `${items.length}+`;
  const chosen = chosenOf(items, selected);
  const assign = (): void => {
    const group = search.get("group_id") ?? chosen[0]?.group_id ?? "";
    // With all that are open: what was chosen may be somebody's already.
    const list = new URLSearchParams({ which: "all" });
    if (group !== "") list.set("group", group);
    void navigate(`/assign?${list}`, { state: { taskIds: chosen.map((task) => task.id) } });
  };
  return (
    <Page
      fills
      title={t("groupTasks")}
      detail={
        !isPending &&
        problem === null && <span data-count>{t("taskCount", { count: items.length, shown })}</span>
      }
      actions={
        mayAssign && (
          <>
            {isPageFor(who, "/import") && (
              <Button icon={FileUp} onPress={() => void navigate("/import?kind=tasks")}>
                {t("importTasks")}
              </Button>
            )}
            <Button
              icon={UserRoundCheck}
              look="primary"
              isDisabled={chosen.length === 0}
              onPress={assign}
            >
              {chosen.length === 0 ? t("assign") : t("assignChosen", { count: chosen.length })}
            </Button>
          </>
        )
      }
      tools={<TaskTools zone={zone} />}
    >
      {problem !== null && <Failed problem={problem} onRetry={retry} />}
      {isPending && <Skeleton rows={12} />}
      {problem === null && !isPending && (
        <DataTable
          label={t("groupTasks")}
          columns={columns}
          items={items}
          idOf={idOf}
          textOf={textOf}
          onOpen={(task) => void navigate(`/group-tasks/${task.id}?${search}`)}
          card={(task) => <TaskCard task={task} zone={zone} />}
          onMore={more}
          isLoadingMore={isLoadingMore}
          empty={<Empty title={t("noSuchTasks")}>{t("noRowsDetail")}</Empty>}
          {...(mayAssign ? { selected, onSelect: select } : {})}
        />
      )}
      <TaskSheet taskId={taskId} zone={zone} />
    </Page>
  );
}

/** "All" are all that were read: what was not seen is not given away. */
function chosenOf(items: readonly NamedTask[], selected: Selection): readonly NamedTask[] {
  return selected === "all" ? items : items.filter((task) => selected.has(task.id));
}

function idOf(task: NamedTask): string {
  return task.id;
}

function textOf(task: NamedTask): string {
  return task.customer?.name ?? task.subject;
}

function useColumns(format: Format): readonly ColumnOf<NamedTask>[] {
  const t = useText(countyText);
  const type = useCode(taskTypes);
  const priority = useCode(priorities);
  const { nameOf } = useManagers();
  return useMemo(
    () => [
      {
        id: "customer",
        title: t("customer"),
        width: "2fr",
        cell: (task) => (
          <span className={styles.customer} title={task.customer?.name ?? undefined}>
            {task.customer?.name ?? task.customer_masked ?? "–"}
          </span>
        ),
      },
      { id: "type", title: t("type"), cell: (task) => task.own_type ?? type(task.type) },
      { id: "subject", title: t("subject"), width: "2fr", cell: (task) => task.subject || "–" },
      {
        id: "manager",
        title: t("manager"),
        cell: (task) => (task.manager_id === null ? t("nobody") : nameOf(task.manager_id)),
      },
      { id: "state", title: t("state"), width: 110, cell: (task) => <StateOf task={task} /> },
      {
        id: "priority",
        title: t("priority"),
        width: 80,
        cell: (task) => priority(task.priority),
      },
      { id: "due", title: t("due"), width: 140, cell: (task) => format.dateTime(task.due_at) },
      {
        id: "attempts",
        title: t("attempts"),
        align: "end",
        width: 80,
        cell: (task) => format.number(task.attempts.length),
      },
    ],
    [t, type, priority, nameOf, format],
  );
}

function StateOf({ task }: { task: NamedTask }) {
  const state = useCode(taskStates);
  const t = useText(countyText);
  return (
    <span className={styles.states}>
      <Badge tone={toneOf(task.state)}>{state(task.state)}</Badge>
      {task.escalated_at !== null && <Badge tone="bad">{t("escalated")}</Badge>}
    </span>
  );
}

function TaskCard({ task, zone }: { task: NamedTask; zone: string }) {
  const type = useCode(taskTypes);
  const format = useFormat(zone);
  const { nameOf } = useManagers();
  const t = useText(countyText);
  return (
    <div className={listStyles.card}>
      <b className={styles.customer}>{task.customer?.name ?? task.customer_masked ?? "–"}</b>
      <StateOf task={task} />
      <span className={listStyles.side}>
        {task.own_type ?? type(task.type)} ·{" "}
        {task.manager_id === null ? t("nobody") : nameOf(task.manager_id)}
      </span>
      <span className={listStyles.side}>{format.dateTime(task.due_at)}</span>
    </div>
  );
}
