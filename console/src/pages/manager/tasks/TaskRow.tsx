import { Phone } from "lucide-react";
import { Button } from "../../../kit/Button";
import { Badge, type Tone } from "../../../kit/States";
import { priorities } from "../../../text/codes";
import { classText, dayText } from "../../../text/manager";
import { isWord, textOf, useText } from "../../../text/words";
import { dialledOf } from "../call/useCalls";
import { nameOf, useTypeName } from "../names";
import { useZoned } from "../useMe";
import { CALL_BACK_TYPES, contactOwedBy, type SectionName, type Task } from "./sections";
import styles from "./TaskList.module.css";

export interface TaskRowProps {
  task: Task;
  section: SectionName;
  /** A call runs: another can't begin. */
  isBusy: boolean;
  onDial(whom: ReturnType<typeof dialledOf>): void;
}

/** What to know of a task at a glance, and the button that calls. */
export function TaskRow({ task, section, isBusy, onDial }: TaskRowProps) {
  const t = useText(dayText);
  const typeName = useTypeName();
  const name = nameOf(task);
  const isSilent = task.customer?.wishes_no_calls === true;
  return (
    <div className={styles.row}>
      <div className={styles.who}>
        <span className={styles.name}>{name}</span>
        <span className={styles.marks}>
          <CustomerMarks task={task} />
          {(task.priority === "urgent" || task.priority === "high") && (
            <Badge tone={task.priority === "urgent" ? "bad" : "warn"}>
              {textOf(priorities, task.priority)}
            </Badge>
          )}
        </span>
      </div>
      <div className={styles.what}>
        <span className={styles.type}>{typeName(task)}</span>
        <span className={styles.subject}>{task.subject}</span>
      </div>
      <div className={styles.when}>
        <Times task={task} section={section} />
      </div>
      <Button
        icon={Phone}
        iconOnly
        look="quiet"
        isDisabled={isBusy || isSilent}
        onPress={() => onDial(dialledOf(task, name))}
      >
        {t("dialName", { name })}
      </Button>
    </div>
  );
}

/** Class, tier, and the wish not to be called. */
export function CustomerMarks({ task: { customer } }: { task: Task }) {
  const t = useText(dayText);
  if (customer === null) return null;
  return (
    <>
      {customer.wishes_no_calls && <Badge tone="bad">{t("doNotCall")}</Badge>}
      {customer.class !== null && <Badge>{className(customer.class)}</Badge>}
      {customer.tier !== null && <Badge>{customer.tier}</Badge>}
    </>
  );
}

/** The classes of the visit-service standard by name; others stand as their house writes them. */
export function className(name: string): string {
  return isWord(classText, name) ? textOf(classText, name) : name;
}

function Times({ task, section }: { task: Task; section: SectionName }) {
  const t = useText(dayText);
  const format = useZoned();
  const tries = task.attempts.length;
  const count =
    tries > 0
      ? t("attempts", { count: tries })
      : CALL_BACK_TYPES.has(task.type) && task.calls.length > 1
        ? t("calls", { count: task.calls.length })
        : null;
  const contactBy = task.state === "call_again" ? null : contactOwedBy(task);
  if (contactBy !== null) {
    const isLate = Date.parse(contactBy) < Date.now();
    return (
      <>
        <span className={`${styles.due} ${styles[isLate ? "bad" : "warn"] ?? ""}`}>
          {t("contactBy", { time: format.relative(contactBy) })}
        </span>
        {count !== null && <span className={styles.tries}>{count}</span>}
      </>
    );
  }
  const write = section === "later" || section === "overdue" ? format.dateTime : format.time;
  return (
    <>
      <span className={`${styles.due} ${styles[toneOf(section)] ?? ""}`}>
        {CALL_BACK_TYPES.has(task.type) && section === "missed"
          ? t("missedAt", { time: format.relative(task.created_at) })
          : task.due_at === null
            ? t("noDue")
            : task.state === "call_again"
              ? t("againAt", { time: write(task.due_at) })
              : t("due", { time: write(task.due_at) })}
      </span>
      {count !== null && <span className={styles.tries}>{count}</span>}
    </>
  );
}

function toneOf(section: SectionName): Tone {
  if (section === "overdue") return "bad";
  return section === "again" || section === "owed" ? "warn" : "neutral";
}
