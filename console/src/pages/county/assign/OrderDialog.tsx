import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { problemFrom } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import { ProblemNote } from "../../../kit/States";
import { useRequestKey } from "../../../kit/useRequestKey";
import { assignText } from "../../../text/assign";
import { common } from "../../../text/common";
import { useText } from "../../../text/words";
import {
  type Assignment,
  type Before,
  give,
  givenBy,
  keys,
  type Order,
  type Task,
  usePlan,
} from "./assign";
import styles from "./assign.module.css";
import { OrderProgress } from "./OrderProgress";
import { PlanView } from "./PlanView";
import { RuleForm } from "./RuleForm";
import { type Choices, orderOf, type Wanted } from "./rules";

export interface OrderDialogProps {
  wanted: Wanted;
  /** Who the tasks were dropped on. */
  managerId: string | null;
  groupId: string;
  /** What is known of the tasks: who had them, for the way back. */
  tasks: readonly Task[];
  onDone(): void;
  onClose(): void;
}

/** By which rule, what that will change, then doing it: never anything that was not shown. */
export function OrderDialog({
  wanted,
  managerId,
  groupId,
  tasks,
  onDone,
  onClose,
}: OrderDialogProps) {
  const t = useText(assignText);
  const c = useText(common);
  const client = useQueryClient();
  const [choices, setChoices] = useState<Choices>({
    rule: managerId === null && wanted.kind === "nobodys" ? "evenly" : "hand",
    managerId,
    classes: {},
    skills: {},
    useDeputies: false,
  });
  const order = orderOf(wanted, choices, groupId);
  const plan = usePlan(order);
  const [before] = useState(() => beforeOf(wanted, tasks));
  const request = useRequestKey();
  const giving = useMutation({
    mutationFn: ({ of, tag }: { of: Order; tag: string }) => {
      const body = givenBy(of, tag);
      return give(body, request.headerFor(body));
    },
    onSuccess: onDone,
    // What was shown is no longer so: show what would be now. Where no answer came it stays, so
    // that the very same can be sent again: it is done once.
    onError: (error) =>
      problemFrom(error)?.code === "unreachable"
        ? undefined
        : client.invalidateQueries({ queryKey: keys.plan(order) }),
  });
  const problem = problemFrom(giving.error);
  const isChanged = problem?.code === "assignment-changed";
  const shown = order === null ? undefined : plan.data;
  const title =
    wanted.kind === "selected" ? t("orderTitle", { count: wanted.taskIds.length }) : t("orderAll");
  if (giving.data !== undefined) {
    return <Doing first={giving.data} before={before} title={title} onClose={onClose} />;
  }
  return (
    <Dialog
      title={title}
      isOpen
      shape="wide"
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{c("cancel")}</Button>
          <Button
            look="primary"
            isDisabled={order === null || shown === undefined || shown.tasks === 0}
            isPending={giving.isPending || (order !== null && plan.isFetching)}
            onPress={() => {
              if (order !== null && shown !== undefined) {
                giving.mutate({ of: order, tag: shown.plan_tag });
              }
            }}
          >
            {t("confirm")}
          </Button>
        </>
      }
    >
      <div className={styles.order}>
        <RuleForm choices={choices} groupId={groupId} onChange={setChoices} />
        <PlanView plan={shown} isStale={plan.isFetching} isWanted={order !== null} />
        {isChanged ? (
          <p role="alert" className={styles.changed}>
            {t("changed")}
          </p>
        ) : (
          <ProblemNote problem={problem} />
        )}
        <ProblemNote problem={order === null ? null : problemFrom(plan.error)} />
      </div>
    </Dialog>
  );
}

function Doing({
  first,
  before,
  title,
  onClose,
}: {
  first: Assignment;
  before: Before | null;
  title: string;
  onClose(): void;
}) {
  return (
    <Dialog title={title} isOpen onClose={onClose}>
      <OrderProgress first={first} before={before} onClose={onClose} />
    </Dialog>
  );
}

/** Null where not every task is known: then there is no honest way back. */
function beforeOf(wanted: Wanted, tasks: readonly Task[]): Before | null {
  if (wanted.kind !== "selected") return null;
  const known = new Map(tasks.map((task) => [task.id, task.manager_id]));
  const found = wanted.taskIds.map((id) => [id, known.get(id)] as const);
  return found.every((one): one is readonly [string, string | null] => one[1] !== undefined)
    ? new Map(found)
    : null;
}
