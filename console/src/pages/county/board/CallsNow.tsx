import { PhoneIncoming, PhoneOutgoing } from "lucide-react";
import { memo } from "react";
import { Link } from "react-router";
import { Empty, Skeleton } from "../../../kit/States";
import { boardText } from "../../../text/board";
import { callStatuses, directions, useCode } from "../../../text/codes";
import { useText } from "../../../text/words";
import styles from "./board.module.css";
import { Elapsed } from "./Elapsed";
import type { Call } from "./live-calls";
import { goByArrows, Panel } from "./Panel";
import { useKeptFocus } from "./useKeptFocus";

export interface CallsNowProps {
  calls: readonly Call[];
  isPending: boolean;
  nameOf(managerId: string | null): string;
}

/** Every call that goes on, the oldest first. */
export function CallsNow({ calls, isPending, nameOf }: CallsNowProps) {
  const t = useText(boardText);
  const keptFocus = useKeptFocus(calls);
  return (
    <Panel title={t("callsNow")} count={calls.length} area="calls">
      {isPending && <Skeleton rows={6} />}
      {!isPending && calls.length === 0 && (
        <Empty icon={PhoneOutgoing} title={t("noCalls")}>
          {t("noCallsDetail")}
        </Empty>
      )}
      <ul className={styles.list} onKeyDown={goByArrows} {...keptFocus}>
        {calls.map((call, place) => (
          <CallRow
            key={call.id}
            call={call}
            manager={nameOf(call.manager_id)}
            isFirst={place === 0}
          />
        ))}
      </ul>
    </Panel>
  );
}

interface CallRowProps {
  call: Call;
  manager: string;
  isFirst: boolean;
}

/** Drawn anew only when its own call has changed, however many others do. */
const CallRow = memo(function CallRow({ call, manager, isFirst }: CallRowProps) {
  const status = useCode(callStatuses);
  const direction = useCode(directions);
  const t = useText(boardText);
  const isInbound = call.direction === "inbound";
  const Icon = isInbound ? PhoneIncoming : PhoneOutgoing;
  const phase = call.bridged_at !== null ? "talking" : "ringing";
  const waits = call.plan.at(-1)?.position ?? null;
  return (
    <li className={styles.row} data-call={call.id}>
      <Link to={`/calls/${call.id}`} className={styles.call} tabIndex={isFirst ? 0 : -1}>
        <span className={`${styles.dot} ${styles[phase]}`} aria-hidden />
        <Icon size={16} aria-label={direction(call.direction)} className={styles.direction} />
        <span className={styles.who}>{call.manager_id === null ? t("nobodyYet") : manager}</span>
        <span className={styles.number}>{call.customer_masked ?? t("anonymous")}</span>
        <span className={styles.state}>
          {waits !== null && phase === "ringing"
            ? t("waits", { place: waits })
            : status(phaseOf(call))}
        </span>
        <span className={styles.time}>
          <Elapsed since={call.bridged_at ?? call.created_at} />
        </span>
      </Link>
    </li>
  );
});

/** `in-progress` begins with the customer's answer: who can't talk yet still rings. */
function phaseOf(call: Call): string {
  return call.status === "in-progress" && call.bridged_at === null ? "ringing" : call.status;
}
