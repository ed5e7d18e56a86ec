import { Pause, Phone, PhoneForwarded, PhoneIncoming, PhoneOff, Play } from "lucide-react";
import { type ReactNode, Suspense, useState } from "react";
import { Link } from "react-router";
import type { Schema } from "../../../api/client";
import { Button } from "../../../kit/Button";
import { later } from "../../../kit/later";
import { useShortcut } from "../../../kit/shortcuts";
import { callText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { useManagerName } from "../customer/useCustomer";
import { outcomeName } from "../names";
import { useManagerId, useZoned } from "../useMe";
import { useNow } from "../useNow";
import styles from "./CallDock.module.css";
import { type Call, clockFrom, colleagueOf, type Phase, phaseOf } from "./phase";
import { useCallCommands } from "./useCallCommands";
import type { Whom } from "./useWhom";

const HandOnDialog = later(() => import("./HandOnDialog"));

const LOOKS: Readonly<Record<Phase, string>> = {
  starting: "ringing",
  managerRinging: "ringing",
  customerRinging: "ringing",
  incoming: "ringing",
  talking: "live",
  held: "live",
  consulting: "live",
  ended: "over",
};

/** One call: with whom, how far, since when, and what can be done with it. */
export function CallStrip({
  call,
  whom,
  children,
}: {
  call: Call;
  whom: Whom;
  /** Buttons beside those of a running call. */
  children?: ReactNode;
}) {
  const t = useText(callText);
  const format = useZoned();
  const phase = phaseOf(call);
  const colleague = colleagueOf(call, useManagerId());
  const Icon = call.direction === "inbound" ? PhoneIncoming : phase === "ended" ? PhoneOff : Phone;
  const over =
    call.bridged_at === null
      ? t("notReached", { why: outcomeName(call.outcome) })
      : t("talked", { time: format.clock(call.talk_s) });
  return (
    <div className={`${styles.strip} ${styles[LOOKS[phase]] ?? ""}`} data-phase={phase}>
      <Icon size={20} aria-hidden className={styles.icon} />
      <div className={styles.who}>
        <span className={styles.name}>
          {whom.customerId === null ? (
            whom.name
          ) : (
            <Link className={styles.link} to={`/customers/${whom.customerId}`}>
              {whom.name}
            </Link>
          )}
        </span>
        <span className={styles.state} role="status">
          {phase === "ended" ? over : t(phase)}
          {colleague !== undefined && <Colleague leg={colleague} />}
        </span>
      </div>
      {phase !== "ended" && <Clock since={clockFrom(call)} />}
      <div className={styles.actions}>
        {phase !== "ended" && <Commands call={call} phase={phase} colleague={colleague} />}
        {children}
      </div>
    </div>
  );
}

function Clock({ since }: { since: string | null }) {
  const format = useZoned();
  const now = useNow(1_000);
  if (since === null) return null;
  return (
    <span className={styles.clock} role="timer">
      {format.clock((now.getTime() - Date.parse(since)) / 1000)}
    </span>
  );
}

function Colleague({ leg }: { leg: Schema<"LegView"> }) {
  const t = useText(callText);
  const name = useManagerName(leg.manager_id);
  if (name === undefined) return null;
  return ` · ${t(leg.answered_at === null ? "colleagueRings" : "colleagueThere", { name })}`;
}

interface CommandsProps {
  call: Call;
  phase: Phase;
  colleague: Schema<"LegView"> | undefined;
}

function Commands({ call, phase, colleague }: CommandsProps) {
  const t = useText(callText);
  const { hangUp, hold, complete, goBack } = useCallCommands(call);
  const [isHandingOn, setIsHandingOn] = useState(false);
  // While a colleague is rung or joins, neither holding nor handing on is possible.
  const isTalking = (phase === "talking" || phase === "held") && colleague === undefined;
  const mayGoBack = phase === "consulting" || colleague?.answered_at === null;
  const holdText = call.held_by === null ? t("hold") : t("unhold");
  useShortcut("e", t("hangUp"), () => hangUp.mutate(), !hangUp.isPending);
  useShortcut("h", holdText, () => hold.mutate(), isTalking && !hold.isPending);
  return (
    <>
      {isTalking && (
        <>
          <Button
            icon={call.held_by === null ? Pause : Play}
            hint="h"
            isPending={hold.isPending}
            onPress={() => hold.mutate()}
          >
            {holdText}
          </Button>
          <Button icon={PhoneForwarded} onPress={() => setIsHandingOn(true)}>
            {t("handOn")}
          </Button>
        </>
      )}
      {phase === "consulting" && (
        <Button isPending={complete.isPending} onPress={() => complete.mutate()}>
          {t("complete")}
        </Button>
      )}
      {mayGoBack && (
        <Button isPending={goBack.isPending} onPress={() => goBack.mutate()}>
          {t("cancelHandOn")}
        </Button>
      )}
      <Button
        icon={PhoneOff}
        look="danger"
        hint="e"
        isPending={hangUp.isPending}
        onPress={() => hangUp.mutate()}
      >
        {t("hangUp")}
      </Button>
      {isHandingOn && (
        <Suspense>
          <HandOnDialog call={call} isOpen onClose={() => setIsHandingOn(false)} />
        </Suspense>
      )}
    </>
  );
}
