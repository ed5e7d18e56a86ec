import { Link } from "react-router";
import type { Schema } from "../../../api/client";
import { useFormat } from "../../../kit/format";
import { boardText } from "../../../text/board";
import { useText } from "../../../text/words";
import { reportHref } from "../reports/asked";
import styles from "./board.module.css";
import { type Call, isLive } from "./live-calls";
import { countStates, type Presence } from "./presence";
import type { Today } from "./useBoard";

interface FiguresProps {
  calls: readonly Call[];
  people: readonly Presence[];
  queues: readonly Schema<"QueueView">[];
  today: Today;
  groupId: string | null;
}

/** The moment and the day in a line of large figures; each of the day's leads to its report. */
export function Figures({ calls, people, queues, today, groupId }: FiguresProps) {
  const t = useText(boardText);
  const format = useFormat();
  const talking = calls.filter((call) => isLive(call) && call.bridged_at !== null).length;
  const states = countStates(people);
  const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const longest = Math.max(0, ...queues.map((queue) => queue.longest_wait_s));
  const { calls: ofCalls, tasks, overdue } = today;
  const day = { from: today.day, to: today.day };
  const past = { from: today.overdueFrom, to: today.day };
  const group = { group_id: groupId };
  const lost = ofCalls?.lost ?? null;
  return (
    <ul className={styles.figures}>
      <Figure name={t("calling")} value={format.number(calls.length)}>
        {t("ofThemTalking", { count: talking })}
      </Figure>
      {queues.length > 0 && (
        <Figure name={t("waiting")} value={format.number(waiting)} tone={waiting > 0 ? "warn" : ""}>
          {waiting > 0 ? t("longest", { time: format.clock(longest) }) : t("nobodyWaits")}
        </Figure>
      )}
      <Figure name={t("freeManagers")} value={format.number(states.free)}>
        {t("ofManagers", { count: people.length })}
      </Figure>
      <Figure
        name={t("doneToday")}
        value={format.number(tasks?.done ?? null)}
        to={reportHref("tasks", day, group)}
      >
        {t("ofGiven", { given: format.number(tasks?.given ?? null) })}
      </Figure>
      <Figure
        name={t("overdue")}
        value={format.number(overdue)}
        to={reportHref("tasks", past, { ...group, by: "manager" })}
        tone={overdue ? "bad" : ""}
      >
        {t("overdueDetail")}
      </Figure>
      <Figure
        name={t("connectRate")}
        value={format.percent(ofCalls?.connect_rate ?? null)}
        to={reportHref("activity", day, group)}
      >
        {t("ofDialled", {
          answered: format.number(ofCalls?.answered_person ?? null),
          dialled: format.number(ofCalls?.dialled ?? null),
        })}
      </Figure>
      <Figure
        name={t("missedCalls")}
        value={format.number(lost)}
        to={reportHref("activity", day, group)}
        tone={lost !== null && lost > (ofCalls?.called_back ?? 0) ? "warn" : ""}
      >
        {t("calledBack", { count: format.number(ofCalls?.called_back ?? null) })}
      </Figure>
    </ul>
  );
}

interface FigureProps {
  name: string;
  value: string;
  children: string;
  to?: string;
  tone?: "" | "warn" | "bad";
}

function Figure({ name, value, children, to, tone = "" }: FigureProps) {
  const content = (
    <>
      <span className={styles.figureName}>{name}</span>
      <span className={styles.figureValue}>{value}</span>
      <span className={styles.figureDetail}>{children}</span>
    </>
  );
  return (
    <li className={`${styles.figure} ${tone === "" ? "" : styles[tone]}`}>
      {to === undefined ? <div>{content}</div> : <Link to={to}>{content}</Link>}
    </li>
  );
}
