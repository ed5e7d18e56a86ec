import { ClipboardCheck, Phone } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import { Masked } from "../../../kit/Masked";
import { useShortcut } from "../../../kit/shortcuts";
import { toast } from "../../../kit/toast";
import { callText, cardText, dayText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { ResultForm } from "../call/ResultForm";
import { type Dialled, dialledOf } from "../call/useCalls";
import { useWish } from "../call/useWish";
import { nameOf } from "../names";
import type { Task } from "../tasks/sections";
import { CustomerMarks } from "../tasks/TaskRow";
import { CustomerAside } from "./CustomerAside";
import styles from "./CustomerCard.module.css";
import { useCustomer } from "./useCustomer";

export interface TaskCardProps {
  task: Task;
  isBusy: boolean;
  onDial(whom: Dialled): void;
}

/** A task with all that is known of its customer, beside the list. */
export function TaskCard({ task, isBusy, onDial }: TaskCardProps) {
  const d = useText(dayText);
  const { customer } = useCustomer(task.customer_id);
  const name = nameOf(task);
  return (
    <article className={`${styles.card} ${styles.beside}`}>
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
              number={customer?.numbers[0]?.number ?? task.customer_number}
              masked={task.customer?.masked ?? task.customer_masked}
            />
            <CustomerMarks task={task} />
          </p>
        </div>
        <div className={styles.actions}>
          <Tell task={task} />
          <Button
            icon={Phone}
            look="primary"
            hint="d"
            isDisabled={isBusy || task.customer?.wishes_no_calls === true}
            onPress={() => onDial(dialledOf(task, name))}
          >
            {d("dial")}
          </Button>
        </div>
      </header>
      <CustomerAside task={task} />
    </article>
  );
}

/** Tell a result without a call: met in person, or heard of elsewhere. */
function Tell({ task }: { task: Task }) {
  const t = useText(cardText);
  const c = useText(callText);
  const [isOpen, setIsOpen] = useState(false);
  const wish = useWish();
  useShortcut("r", t("tell"), () => setIsOpen(true));
  return (
    <>
      <Button icon={ClipboardCheck} hint="r" onPress={() => setIsOpen(true)}>
        {c("showResult")}
      </Button>
      <Dialog title={nameOf(task)} isOpen={isOpen} onClose={() => setIsOpen(false)} shape="wide">
        <ResultForm
          callId={null}
          task={task}
          onSaved={(proposals) => {
            setIsOpen(false);
            toast({ text: c("savedResult") });
            if (!proposals.includes("do_not_call")) return;
            // The card goes with its task: the question outlives both.
            const note = { text: c("wishYes"), run: () => wish.mutate(task.id) };
            toast({ text: `${nameOf(task)}：${c("wish")}`, action: note, isKept: true });
          }}
          onLater={() => setIsOpen(false)}
        />
      </Dialog>
    </>
  );
}
