import { Check, Phone, PhoneMissed, Voicemail } from "lucide-react";
import { Link } from "react-router";
import { problemFrom } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import { Masked } from "../../../kit/Masked";
import { toast } from "../../../kit/toast";
import { useProblemText } from "../../../kit/useProblemText";
import { missedText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { bodyOf, NO_RESULT, rulesOf } from "../call/resultDraft";
import { type Dialled, dialledOf } from "../call/useCalls";
import { nameOf, useTypeName } from "../names";
import { Player } from "../sound/Player";
import type { Task } from "../tasks/sections";
import { CustomerMarks } from "../tasks/TaskRow";
import { useTaskTypes, useTell } from "../tasks/useTasks";
import { useZoned } from "../useMe";
import styles from "./MissedPage.module.css";

export interface MissedItemProps {
  task: Task;
  isBusy: boolean;
  onDial(whom: Dialled): void;
}

/** One caller who reached nobody. */
export function MissedItem({ task, isBusy, onDial }: MissedItemProps) {
  const t = useText(missedText);
  const format = useZoned();
  const typeName = useTypeName();
  const name = nameOf(task);
  const Icon = task.type === "voicemail" ? Voicemail : PhoneMissed;
  const { done, isPending } = useDone(task, name);
  return (
    <li className={styles.item}>
      <div className={styles.head}>
        <Icon size={20} aria-hidden className={styles.icon} />
        <div className={styles.who}>
          <h2 className={styles.name}>
            {task.customer_id === null ? (
              name
            ) : (
              <Link to={`/customers/${task.customer_id}`}>{name}</Link>
            )}
            <CustomerMarks task={task} />
          </h2>
          <p className={styles.about}>
            {typeName(task)} · {format.dateTime(task.created_at)}
            {task.calls.length > 1 && ` · ${t("times", { count: task.calls.length })}`} ·{" "}
            <Masked
              number={task.customer_number}
              masked={task.customer?.masked ?? task.customer_masked}
            />
          </p>
        </div>
      </div>
      {task.recording_id !== null && <Player recordingId={task.recording_id} />}
      <div className={styles.actions}>
        <Button icon={Check} isPending={isPending} onPress={done}>
          {t("done")}
        </Button>
        <Button
          icon={Phone}
          look="primary"
          isDisabled={isBusy}
          onPress={() => onDial(dialledOf(task, name))}
        >
          {t("callBack")}
        </Button>
      </div>
    </li>
  );
}

/** Close it with the first result of its type: called back, answered. */
function useDone(task: Task, name: string): { done: () => void; isPending: boolean } {
  const t = useText(missedText);
  const text = useProblemText();
  const types = useTaskTypes();
  const tell = useTell();
  const done = (): void => {
    const [rule] = rulesOf(types.get(task.type));
    if (rule === undefined) return;
    const told = { callId: null, taskId: task.id, body: bodyOf(NO_RESULT, rule), isHasty: true };
    // The row is gone before the answer is there: what it says must not depend on it.
    void tell.mutateAsync(told).then(
      () => toast({ text: t("doneSaid", { name }) }),
      (error: unknown) => {
        const problem = problemFrom(error);
        if (problem !== null) toast({ text: text(problem), tone: "bad" });
      },
    );
  };
  return { done, isPending: tell.isPending };
}
