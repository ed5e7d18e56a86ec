import { Phone } from "lucide-react";
import { Link } from "react-router";
import { Button } from "../../../kit/Button";
import { Masked } from "../../../kit/Masked";
import { dayText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { type Dialled, dialledOf } from "../call/useCalls";
import { nameOf, useTypeName } from "../names";
import type { Task } from "../tasks/sections";
import { CustomerMarks } from "../tasks/TaskRow";
import styles from "./TaskCard.module.css";

export interface TaskCardProps {
  task: Task;
  isBusy: boolean;
  onDial(whom: Dialled): void;
}

/** A task with its customer, beside the list. */
export function TaskCard({ task, isBusy, onDial }: TaskCardProps) {
  const t = useText(dayText);
  const typeName = useTypeName();
  const name = nameOf(task);
  return (
    <article className={styles.card}>
      <header className={styles.header}>
        <div className={styles.who}>
          <h2 className={styles.name}>
            {task.customer_id === null ? (
              name
            ) : (
              <Link to={`/customers/${task.customer_id}`}>{name}</Link>
            )}
          </h2>
          <p className={styles.marks}>
            <Masked
              number={task.customer_number}
              masked={task.customer?.masked ?? task.customer_masked}
            />
            <CustomerMarks task={task} />
          </p>
        </div>
        <Button
          icon={Phone}
          look="primary"
          hint="d"
          isDisabled={isBusy || task.customer?.wishes_no_calls === true}
          onPress={() => onDial(dialledOf(task, name))}
        >
          {t("dial")}
        </Button>
      </header>
      <p>
        {typeName(task)} {task.subject}
      </p>
    </article>
  );
}
