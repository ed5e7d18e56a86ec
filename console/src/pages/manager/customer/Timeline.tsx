import { CircleCheck, CirclePlus, CircleX, PhoneIncoming, PhoneOutgoing } from "lucide-react";
import type { ReactNode } from "react";
import { Empty } from "../../../kit/States";
import { common } from "../../../text/common";
import { cardText } from "../../../text/manager";
import { useText } from "../../../text/words";
import type { Call } from "../call/phase";
import { codeName, outcomeName, useTypeName } from "../names";
import { Player } from "../sound/Player";
import type { Task } from "../tasks/sections";
import { useZoned } from "../useMe";
import styles from "./Timeline.module.css";
import { type Entry, heardOf } from "./timeline";

/** What happened with a customer, the newest first. */
export function Timeline({ entries }: { entries: readonly Entry[] }) {
  const t = useText(cardText);
  if (entries.length === 0) return <Empty title={t("noHistory")}>{t("noHistoryDetail")}</Empty>;
  return (
    <ol className={styles.line}>
      {entries.map((entry) =>
        entry.kind === "call" ? (
          <CallEntry key={entry.id} call={entry.call} />
        ) : (
          <TaskEntry key={entry.id + entry.kind} task={entry.task} at={entry.at} />
        ),
      )}
    </ol>
  );
}

function CallEntry({ call }: { call: Call }) {
  const t = useText(cardText);
  const format = useZoned();
  const isIn = call.direction === "inbound";
  const said = call.disposition;
  return (
    <Item icon={isIn ? <PhoneIncoming size={16} /> : <PhoneOutgoing size={16} />}>
      <Head at={call.created_at}>
        <strong>{isIn ? t("calledIn") : t("calledOut")}</strong>{" "}
        {call.outcome === null ? t("underWay") : outcomeName(call.outcome)}
        {call.talk_s !== null && ` ${format.clock(call.talk_s)}`}
      </Head>
      {said !== null && (
        <p className={styles.said}>
          <Told {...said} />
        </p>
      )}
      {heardOf(call).map(({ id }) => (
        <Player key={id} recordingId={id} />
      ))}
    </Item>
  );
}

function TaskEntry({ task, at }: { task: Task; at: string }) {
  const t = useText(cardText);
  const typeName = useTypeName();
  const type = typeName(task);
  const isCancelled = task.state === "cancelled";
  const isMade = task.closed_at === null;
  const Icon = isMade ? CirclePlus : isCancelled ? CircleX : CircleCheck;
  const { result } = task;
  return (
    <Item icon={<Icon size={16} />}>
      <Head at={at}>
        <strong>{t(isMade ? "made" : isCancelled ? "cancelled" : "closed", { type })}</strong>
      </Head>
      {task.subject !== "" && <p className={styles.said}>{task.subject}</p>}
      {!isMade && result !== null && (
        <p className={styles.said}>
          <Told {...result} />
        </p>
      )}
    </Item>
  );
}

function Told({ code, note }: { code: string; note: string }) {
  const c = useText(common);
  return note === "" ? codeName(code) : c("labelled", { label: codeName(code), value: note });
}

function Item({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <li className={styles.item}>
      <span className={styles.icon} aria-hidden>
        {icon}
      </span>
      <div className={styles.body}>{children}</div>
    </li>
  );
}

function Head({ at, children }: { at: string; children: ReactNode }) {
  const format = useZoned();
  return (
    <p className={styles.head}>
      <span>{children}</span>
      <time dateTime={at} className={styles.at}>
        {format.dateTime(at)}
      </time>
    </p>
  );
}
