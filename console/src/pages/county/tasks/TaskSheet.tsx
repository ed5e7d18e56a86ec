import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, dataOf, type Schema } from "../../../api/client";
import { useGroups, useManagers } from "../../../api/directory";
import { problemFrom } from "../../../api/problem";
import { type Fact, Facts } from "../../../kit/Card";
import { useFormat } from "../../../kit/format";
import { Masked } from "../../../kit/Masked";
import { RouteSheet } from "../../../kit/RouteSheet";
import { Badge, Failed, Skeleton } from "../../../kit/States";
import {
  outcomes,
  priorities,
  resultCodes,
  taskStates,
  taskTypes,
  useCode,
} from "../../../text/codes";
import { countyText } from "../../../text/county";
import { useText } from "../../../text/words";
import { CustomerName } from "../CustomerName";
import { keys } from "../keys";
import listStyles from "../List.module.css";
import { Clocks } from "./Clocks";
import { History } from "./History";
import { toneOf } from "./task";
import styles from "./tasks.module.css";

type Task = Schema<"TaskView">;

/** All of one task: what it is, its times, whom was told, each call for it, who changed what. */
export function TaskSheet({ taskId, zone }: { taskId: string | undefined; zone: string }) {
  const t = useText(countyText);
  return (
    <RouteSheet title={t("task")} isOpen={taskId !== undefined} backTo="/group-tasks">
      {taskId !== undefined && <Content taskId={taskId} zone={zone} />}
    </RouteSheet>
  );
}

function Content({ taskId, zone }: { taskId: string; zone: string }) {
  const t = useText(countyText);
  const { data, error, isPending, refetch } = useQuery({
    queryKey: keys.task(taskId),
    queryFn: () =>
      dataOf(api.GET("/v1/tasks/{task_id}", { params: { path: { task_id: taskId } } })),
  });
  const problem = problemFrom(error);
  if (problem !== null) return <Failed problem={problem} onRetry={() => void refetch()} />;
  if (isPending || data === undefined) return <Skeleton rows={8} />;
  return (
    <div className={styles.sheet}>
      <TaskFacts task={data} />
      <Clocks task={data} zone={zone} />
      <section>
        <h3>{t("attempts")}</h3>
        <Attempts task={data} zone={zone} />
      </section>
      <section>
        <h3>{t("history")}</h3>
        <History taskId={taskId} zone={zone} />
      </section>
    </div>
  );
}

function TaskFacts({ task }: { task: Task }) {
  const t = useText(countyText);
  const type = useCode(taskTypes);
  const state = useCode(taskStates);
  const priority = useCode(priorities);
  const result = useCode(resultCodes);
  const { nameOf } = useManagers();
  const { nameOf: groupName } = useGroups();
  const facts: readonly Fact[] = [
    {
      label: t("state"),
      value: <Badge tone={toneOf(task.state)}>{state(task.state)}</Badge>,
    },
    { label: t("type"), value: task.own_type ?? type(task.type) },
    ...(task.subject === "" ? [] : [{ label: t("subject"), value: task.subject }]),
    {
      label: t("customer"),
      value:
        task.customer_id === null ? (
          <Masked number={task.customer_number} masked={task.customer_masked} />
        ) : (
          <CustomerName id={task.customer_id} />
        ),
    },
    {
      label: t("manager"),
      value: task.manager_id === null ? t("nobody") : nameOf(task.manager_id),
    },
    { label: t("group"), value: groupName(task.group_id) },
    { label: t("priority"), value: priority(task.priority) },
    { label: t("result"), value: result(task.result?.code) },
    ...(task.result?.reason ? [{ label: t("reason"), value: task.result.reason }] : []),
    ...(task.result?.note ? [{ label: t("note"), value: task.result.note }] : []),
  ];
  return <Facts facts={facts} />;
}

/** Each call for a task, and what came of it. */
export function Attempts({ task, zone }: { task: Task; zone: string }) {
  const t = useText(countyText);
  const format = useFormat(zone);
  const outcome = useCode(outcomes);
  if (task.attempts.length === 0) return <p className={listStyles.side}>{t("notCalledYet")}</p>;
  return (
    <ul>
      {task.attempts.map((attempt) => (
        <li key={attempt.call_id} className={styles.line}>
          <Link to={`/calls/${attempt.call_id}`}>{format.dateTime(attempt.at)}</Link>
          <span>{outcome(attempt.outcome)}</span>
        </li>
      ))}
    </ul>
  );
}
