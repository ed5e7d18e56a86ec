import { Page } from "../../../kit/Page";
import { Failed, Skeleton } from "../../../kit/States";
import { dayText, listText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { CustomerAside } from "../customer/CustomerAside";
import { useOpenTasks } from "../tasks/useTasks";
import styles from "./DiallingPage.module.css";
import { Stage } from "./Stage";
import { StartForm } from "./StartForm";
import { useDialling } from "./useDialling";

/** One customer after the other: begin, ready, skip, pause, stop. */
export default function DiallingPage() {
  const t = useText(listText);
  const d = useText(dayText);
  const { dialling, problem, retry } = useDialling();
  const { tasks } = useOpenTasks();
  const task = tasks.find(({ id }) => id === dialling?.task_id);
  return (
    <Page title={t("title")}>
      {problem !== null ? (
        <Failed problem={problem} onRetry={retry} />
      ) : dialling === undefined ? (
        <Skeleton rows={3} height="5rem" />
      ) : dialling === null ? (
        <StartForm />
      ) : (
        <div className={styles.columns}>
          <Stage dialling={dialling} task={task} />
          {task !== undefined && (
            <aside className={styles.card} aria-label={d("details")}>
              <CustomerAside task={task} />
            </aside>
          )}
        </div>
      )}
    </Page>
  );
}
