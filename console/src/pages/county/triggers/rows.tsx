import { useMemo } from "react";
import { useManagers } from "../../../api/directory";
import type { ColumnOf } from "../../../kit/DataTable";
import { useFormat } from "../../../kit/format";
import { Badge, type Tone } from "../../../kit/States";
import { resultCodes, taskStates, useCode } from "../../../text/codes";
import { countyText } from "../../../text/county";
import { triggerText } from "../../../text/triggers";
import { useText } from "../../../text/words";
import listStyles from "../List.module.css";
import type { Clock } from "../tasks/clock";
import { toneOf } from "../tasks/task";
import { nextOf, type Trigger } from "./matter";
import styles from "./triggers.module.css";
import { useKindName } from "./useTriggers";

const TONES: Record<Clock["state"], Tone> = {
  kept: "good",
  waits: "neutral",
  near: "warn",
  late: "bad",
};

/** The columns of the list; times are those of `zone`. */
export function useTriggerColumns(zone: string): readonly ColumnOf<Trigger>[] {
  const t = useText(triggerText);
  const c = useText(countyText);
  const format = useFormat(zone);
  const kindName = useKindName();
  const holder = useHolder();
  return useMemo(
    () => [
      {
        id: "customer",
        title: c("customer"),
        width: "2fr",
        cell: (one) => <span className={styles.customer}>{one.customer?.name ?? "–"}</span>,
      },
      { id: "kind", title: t("kind"), width: 130, cell: (one) => kindName(one.kind) },
      {
        id: "next",
        title: t("next"),
        width: 300,
        cell: (one) => <Next trigger={one} zone={zone} />,
      },
      { id: "manager", title: c("manager"), cell: holder },
      { id: "state", title: c("state"), width: 190, cell: (one) => <StateOf trigger={one} /> },
      {
        id: "attempts",
        title: c("attempts"),
        align: "end",
        width: 80,
        cell: (one) => format.number(one.task?.attempts ?? null),
      },
      {
        id: "since",
        title: t("requestedAt"),
        width: 140,
        cell: (one) => format.dateTime(one.requested_at),
      },
    ],
    [t, c, format, kindName, holder, zone],
  );
}

/** Who has to do it. */
function useHolder(): (trigger: Trigger) => string {
  const c = useText(countyText);
  const { nameOf } = useManagers();
  return (one) => (one.manager_id === null ? c("nobody") : nameOf(one.manager_id));
}

/** What is owed next, by when, and whether that is near or has passed. */
function Next({
  trigger,
  zone,
  isShort = false,
}: {
  trigger: Trigger;
  zone: string;
  /** Where there is little room: the time alone. */
  isShort?: boolean;
}) {
  const c = useText(countyText);
  const format = useFormat(zone);
  const next = nextOf(trigger.task, Date.now());
  if (next === null) return "–";
  const time = format.dateTime(next.by);
  return (
    <span className={styles.next}>
      {next.state !== "waits" &&
        (isShort ? (
          <span className="sr-only">{c(`clock_${next.state}`)}</span>
        ) : (
          <Badge tone={TONES[next.state]}>{c(`clock_${next.state}`)}</Badge>
        ))}
      <span className={isShort ? styles[next.state] : styles.by}>
        {isShort ? time : `${c(`by_${next.of}`)} ${time}`}
      </span>
    </span>
  );
}

function StateOf({ trigger: { task, outcome } }: { trigger: Trigger }) {
  const t = useText(triggerText);
  const c = useText(countyText);
  const state = useCode(taskStates);
  const result = useCode(resultCodes);
  if (task === null) return <span className={listStyles.side}>{t(`outcome_${outcome}`)}</span>;
  const isOver = task.closed_at !== null && task.result_code !== null;
  return (
    <span className={styles.states}>
      <Badge tone={toneOf(task.state)}>
        {isOver && task.state === "done" ? result(task.result_code) : state(task.state)}
      </Badge>
      {task.escalated_at !== null && <Badge tone="bad">{c("escalated")}</Badge>}
    </span>
  );
}

/** A trigger on a phone: whose, what, by when, who has it. */
export function TriggerCard({ trigger, zone }: { trigger: Trigger; zone: string }) {
  const kindName = useKindName();
  const holder = useHolder();
  return (
    <div className={listStyles.card}>
      <b className={styles.customer}>{trigger.customer?.name ?? "–"}</b>
      <StateOf trigger={trigger} />
      <span className={`${listStyles.side} ${styles.customer}`}>
        {kindName(trigger.kind)} · {holder(trigger)}
      </span>
      <span className={listStyles.side}>
        <Next trigger={trigger} zone={zone} isShort />
      </span>
    </div>
  );
}
