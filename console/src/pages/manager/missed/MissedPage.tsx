import { PhoneIncoming } from "lucide-react";
import { useMemo } from "react";
import { Page } from "../../../kit/Page";
import { Empty, Failed, Skeleton } from "../../../kit/States";
import { managerText, missedText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { useDial, useRunningCall } from "../call/useCalls";
import { CALL_BACK_TYPES, type Task } from "../tasks/sections";
import { useOpenTasks } from "../tasks/useTasks";
import { MissedItem } from "./MissedItem";
import styles from "./MissedPage.module.css";

/** Who called and reached nobody: hear what was left, call back, done. */
export default function MissedPage() {
  const m = useText(managerText);
  const t = useText(missedText);
  const { tasks, isPending, problem, retry } = useOpenTasks();
  const dial = useDial();
  const isBusy = useRunningCall() !== undefined;
  const missed = useMemo(
    () => tasks.filter(({ type }) => CALL_BACK_TYPES.has(type)).toSorted(byAge),
    [tasks],
  );
  return (
    <Page
      title={m("missed")}
      detail={missed.length === 0 ? undefined : t("count", { count: missed.length })}
    >
      {problem !== null ? (
        <Failed problem={problem} onRetry={retry} />
      ) : isPending ? (
        <Skeleton rows={3} height="9rem" />
      ) : missed.length === 0 ? (
        <Empty icon={PhoneIncoming} title={t("none")}>
          {t("noneDetail")}
        </Empty>
      ) : (
        <ul className={styles.list} aria-label={t("list")}>
          {missed.map((task) => (
            <MissedItem key={task.id} task={task} isBusy={isBusy} onDial={dial} />
          ))}
        </ul>
      )}
    </Page>
  );
}

function byAge(one: Task, other: Task): number {
  return Date.parse(other.created_at) - Date.parse(one.created_at);
}
