import { Skeleton } from "../../../kit/States";
import { cardText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { useTypeName } from "../names";
import { Player } from "../sound/Player";
import type { Task } from "../tasks/sections";
import styles from "./CustomerCard.module.css";
import { About, HistoryPart, Part, TaskFacts, WishNote } from "./CustomerParts";
import { useCustomer, useHistory } from "./useCustomer";

/** What a task asks for, and all that is known of its customer. */
export function CustomerAside({ task }: { task: Task }) {
  const t = useText(cardText);
  const typeName = useTypeName();
  const { customer, problem } = useCustomer(task.customer_id);
  const history = useHistory(task.customer_id);
  const isForeign = problem?.status === 404;
  return (
    <div className={styles.aside}>
      {customer !== undefined && <WishNote customer={customer} />}
      <Part title={`${t("task")} · ${typeName(task)}`}>
        {task.subject !== "" && <p className={styles.subject}>{task.subject}</p>}
        {task.recording_id !== null && <Player recordingId={task.recording_id} />}
        <TaskFacts task={task} />
      </Part>
      {isForeign && <p className={styles.muted}>{t("foreign")}</p>}
      {customer !== undefined && <About customer={customer} />}
      {task.customer_id !== null && customer === undefined && !isForeign && <Skeleton rows={4} />}
      {task.customer_id !== null && <HistoryPart history={history} />}
    </div>
  );
}
