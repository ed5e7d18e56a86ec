import { ArrowLeft, Phone, Plus } from "lucide-react";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { Button } from "../../../kit/Button";
import { Card } from "../../../kit/Card";
import { Page } from "../../../kit/Page";
import { Badge, Failed, Skeleton } from "../../../kit/States";
import { useShortcut } from "../../../kit/shortcuts";
import { taskStates } from "../../../text/codes";
import { cardText, dayText } from "../../../text/manager";
import { isWord, textOf, useText } from "../../../text/words";
import { dialledOf, useDial, useRunningCall } from "../call/useCalls";
import { useTypeName } from "../names";
import type { Task } from "../tasks/sections";
import { className } from "../tasks/TaskRow";
import { useZoned } from "../useMe";
import styles from "./CustomerCard.module.css";
import { About, HistoryPart, WishNote } from "./CustomerParts";
import { NewTaskDialog } from "./NewTaskDialog";
import { useCustomer, useHistory } from "./useCustomer";

/** One customer: who it is, what is to be done, what there was; and the button that calls. */
export default function CustomerPage() {
  const t = useText(cardText);
  const d = useText(dayText);
  const { customerId = "" } = useParams();
  const navigate = useNavigate();
  const dial = useDial();
  const isBusy = useRunningCall() !== undefined;
  const { customer, problem, retry } = useCustomer(customerId);
  const history = useHistory(customerId);
  const [isMaking, setIsMaking] = useState(false);
  const mayCall = customer !== undefined && customer.do_not_call === null && !isBusy;
  const call = (): void => {
    if (!mayCall) return;
    const task = history.open.find(({ type }) => type !== "voicemail") ?? history.open[0];
    const { id, name } = customer;
    dial(task ? dialledOf(task, name) : { taskId: null, customerId: id, name });
  };
  useShortcut("d", d("dial"), call, mayCall);
  if (problem !== null) {
    return (
      <Page title={t("title")}>
        <Failed problem={problem} onRetry={() => void retry()} />
      </Page>
    );
  }
  return (
    <Page
      title={t("title")}
      actions={
        <>
          <Button icon={ArrowLeft} look="quiet" onPress={() => void navigate(-1)}>
            {t("back")}
          </Button>
          <Button icon={Plus} onPress={() => setIsMaking(true)}>
            {t("newTask")}
          </Button>
          <Button icon={Phone} look="primary" hint="d" isDisabled={!mayCall} onPress={call}>
            {d("dial")}
          </Button>
        </>
      }
    >
      <div className={styles.columns}>
        <Card isFlush>
          <div className={styles.card}>
            {customer === undefined ? (
              <Skeleton rows={6} />
            ) : (
              <>
                <div>
                  <h2 className={styles.name}>{customer.name}</h2>
                  <p className={styles.marks}>
                    {customer.class !== null && <Badge>{className(customer.class)}</Badge>}
                    {customer.tier !== null && <Badge>{customer.tier}</Badge>}
                  </p>
                </div>
                <WishNote customer={customer} />
                <About customer={customer} />
              </>
            )}
            <OpenTasks tasks={history.open} />
          </div>
        </Card>
        <Card isFlush>
          <div className={styles.card}>
            <HistoryPart history={history} />
          </div>
        </Card>
      </div>
      <NewTaskDialog customerId={customerId} isOpen={isMaking} onClose={() => setIsMaking(false)} />
    </Page>
  );
}

function OpenTasks({ tasks }: { tasks: readonly Task[] }) {
  const t = useText(cardText);
  const format = useZoned();
  const typeName = useTypeName();
  return (
    <section className={styles.part}>
      <h3>{t("openTasks")}</h3>
      {tasks.length === 0 && <p className={styles.muted}>{t("noOpenTasks")}</p>}
      {tasks.map((task) => (
        <div key={task.id} className={styles.open}>
          <div className={styles.openBody}>
            {typeName(task)}
            <p className={styles.muted}>{task.subject}</p>
          </div>
          <Badge tone={task.state === "overdue" ? "bad" : "neutral"}>
            {isWord(taskStates, task.state) ? textOf(taskStates, task.state) : task.state}
          </Badge>
          <span className={styles.muted}>{format.dateTime(task.due_at)}</span>
        </div>
      ))}
    </section>
  );
}
