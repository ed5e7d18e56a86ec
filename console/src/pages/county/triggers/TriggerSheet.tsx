import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, dataOf, type Schema } from "../../../api/client";
import { useManagers } from "../../../api/directory";
import { problemFrom } from "../../../api/problem";
import { useMay } from "../../../api/session";
import { type Fact, Facts } from "../../../kit/Card";
import { useFormat } from "../../../kit/format";
import { RouteSheet } from "../../../kit/RouteSheet";
import { Badge, Failed, Skeleton } from "../../../kit/States";
import { resultCodes, taskStates, useCode } from "../../../text/codes";
import { countyText } from "../../../text/county";
import { triggerText } from "../../../text/triggers";
import { useText } from "../../../text/words";
import { CustomerName } from "../CustomerName";
import { keys } from "../keys";
import { Clocks } from "../tasks/Clocks";
import { History } from "../tasks/History";
import { Attempts } from "../tasks/TaskSheet";
import { toneOf } from "../tasks/task";
import { FactList, useMeasured } from "./FactList";
import { MatterActions } from "./MatterActions";
import styles from "./triggers.module.css";
import { useKindName } from "./useTriggers";

type Trigger = Schema<"TriggerView">;
type Task = Schema<"TaskView">;

/** One trigger: what was noticed, its times, who has it, each call, and how it was closed. */
export function TriggerSheet({ triggerId, zone }: { triggerId: string | undefined; zone: string }) {
  const t = useText(triggerText);
  const { data, error, isPending, refetch } = useQuery({
    queryKey: keys.trigger(triggerId ?? ""),
    queryFn: () =>
      dataOf(
        api.GET("/v1/triggers/{trigger_id}", { params: { path: { trigger_id: triggerId ?? "" } } }),
      ),
    enabled: triggerId !== undefined,
  });
  const taskId = data?.task_id ?? null;
  const task = useTask(taskId);
  const problem = problemFrom(error);
  const open = useMay("tasks.assign") && task.data?.closed_at === null ? task.data : null;
  return (
    <RouteSheet
      title={t("one")}
      isOpen={triggerId !== undefined}
      backTo="/triggers"
      {...(open === null ? {} : { actions: <MatterActions task={open} zone={zone} /> })}
    >
      {problem !== null && <Failed problem={problem} onRetry={() => void refetch()} />}
      {isPending && <Skeleton rows={8} />}
      {data !== undefined && (
        <div className={styles.sheet}>
          <TriggerFacts trigger={data} task={task.data} zone={zone} />
          {taskId !== null && task.problem !== null && (
            <p className={styles.note}>{t("taskGone")}</p>
          )}
          {task.data !== undefined && <TaskParts task={task.data} zone={zone} />}
        </div>
      )}
    </RouteSheet>
  );
}

function useTask(taskId: string | null) {
  const { data, error } = useQuery({
    queryKey: keys.task(taskId ?? ""),
    queryFn: () =>
      dataOf(api.GET("/v1/tasks/{task_id}", { params: { path: { task_id: taskId ?? "" } } })),
    enabled: taskId !== null,
  });
  return { data: taskId === null ? undefined : data, problem: problemFrom(error) };
}

function TriggerFacts({
  trigger,
  task,
  zone,
}: {
  trigger: Trigger;
  task: Task | undefined;
  zone: string;
}) {
  const t = useText(triggerText);
  const c = useText(countyText);
  const format = useFormat(zone);
  const kindName = useKindName();
  const measured = useMeasured(trigger);
  const { nameOf } = useManagers();
  const facts: readonly Fact[] = [
    { label: t("kind"), value: kindName(trigger.kind) },
    { label: c("customer"), value: <CustomerName id={trigger.customer_id} /> },
    {
      label: c("manager"),
      value: trigger.manager_id === null ? c("nobody") : nameOf(trigger.manager_id),
    },
    { label: t("requestedAt"), value: format.dateTime(trigger.requested_at) },
    { label: t("toldAt"), value: format.dateTime(trigger.created_at) },
    ...(measured === null ? [] : [{ label: t("measure"), value: measured }]),
    { label: t("outcome"), value: <Outcome trigger={trigger} /> },
    ...(task === undefined ? [] : [{ label: c("state"), value: <StateOf task={task} /> }]),
  ];
  return (
    <>
      <Facts facts={facts} />
      <FactList facts={trigger.facts} />
    </>
  );
}

function Outcome({ trigger: { outcome, task_id } }: { trigger: Trigger }) {
  const t = useText(triggerText);
  const text = t(`outcome_${outcome}`);
  return task_id === null ? text : <Link to={`/group-tasks/${task_id}`}>{text}</Link>;
}

function StateOf({ task }: { task: Task }) {
  const c = useText(countyText);
  const state = useCode(taskStates);
  return (
    <span className={styles.states}>
      <Badge tone={toneOf(task.state)}>{state(task.state)}</Badge>
      {task.escalated_at !== null && <Badge tone="bad">{c("escalated")}</Badge>}
    </span>
  );
}

function TaskParts({ task, zone }: { task: Task; zone: string }) {
  const c = useText(countyText);
  return (
    <>
      {task.closed_at !== null && <HowClosed task={task} />}
      <Clocks task={task} zone={zone} />
      <section>
        <h3>{c("attempts")}</h3>
        <Attempts task={task} zone={zone} />
      </section>
      <section>
        <h3>{c("history")}</h3>
        <History taskId={task.id} zone={zone} />
      </section>
    </>
  );
}

/** What came of it, and why: what was told when it was closed. */
function HowClosed({ task: { result } }: { task: Task }) {
  const t = useText(triggerText);
  const c = useText(countyText);
  const code = useCode(resultCodes);
  if (result === null) return null;
  const facts: readonly Fact[] = [
    { label: t("result"), value: code(result.code) },
    ...(result.reason ? [{ label: t("reason"), value: result.reason }] : []),
    ...(result.exception ? [{ label: t("exception"), value: result.exception }] : []),
    ...(result.note ? [{ label: c("note"), value: result.note }] : []),
  ];
  return (
    <section data-closed>
      <h3>{t("result")}</h3>
      <Facts facts={facts} />
    </section>
  );
}
