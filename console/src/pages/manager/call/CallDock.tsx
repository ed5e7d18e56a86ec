import { PhoneOff, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { Button } from "../../../kit/Button";
import { toast } from "../../../kit/toast";
import { useIsPhone } from "../../../kit/useMedia";
import { useProblemText } from "../../../kit/useProblem";
import { common } from "../../../text/common";
import { callText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { type Proposals, useTaskEvents } from "../tasks/useTasks";
import { useZoned } from "../useMe";
import styles from "./CallDock.module.css";
import { CallStrip } from "./CallStrip";
import { type Call, isRunning, owesResult } from "./phase";
import { ResultForm } from "./ResultForm";
import { useCallEvents, useCalls, useDialState } from "./useCalls";
import { useWhom } from "./useWhom";
import { WishStrip } from "./WishStrip";

/** For so long after its end the form of a call is offered by itself. */
const OFFERED_MS = 30 * 60_000;

interface Wish {
  taskId: string;
  name: string;
}

/** The call that runs, and results that are owed, below whatever page is open. */
export default function CallDock() {
  const t = useText(callText);
  useCallEvents();
  useTaskEvents();
  const calls = useCalls();
  const [wish, setWish] = useState<Wish | null>(null);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const running = calls.find(isRunning);
  const seen = useSeen(running);
  const shown = calls.filter(
    (call) => call === running || (!closed.has(call.id) && isOffered(call, seen, running)),
  );
  const close = (id: string): void => setClosed((before) => new Set([...before, id]));
  const saved = (call: Call, name: string, proposals: Proposals): void => {
    close(call.id);
    toast({ text: t("savedResult") });
    if (proposals.includes("do_not_call") && call.task_id !== null) {
      setWish({ taskId: call.task_id, name });
    }
    // The form had the keyboard and is gone.
    document.getElementById("content")?.focus();
  };
  return (
    <section className={styles.dock} aria-label={t("region")}>
      <Asked hasCall={running !== undefined} />
      {shown.map((call) => (
        <CallPart
          key={call.id}
          call={call}
          onClose={() => close(call.id)}
          onSaved={(name, proposals) => saved(call, name, proposals)}
        />
      ))}
      {wish !== null && <WishStrip {...wish} onDone={() => setWish(null)} />}
    </section>
  );
}

/** Ids of calls that ran while the page was open. */
function useSeen(running: Call | undefined): ReadonlySet<string> {
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  if (running !== undefined && !seen.has(running.id)) setSeen(new Set([...seen, running.id]));
  return seen;
}

function isOffered(call: Call, seen: ReadonlySet<string>, running: Call | undefined): boolean {
  if (call.ended_at === null || Date.now() - Date.parse(call.ended_at) > OFFERED_MS) return false;
  // What came to nothing gives way to the next call.
  return owesResult(call) || (seen.has(call.id) && call.disposition === null && !running);
}

interface CallPartProps {
  call: Call;
  onClose(): void;
  onSaved(name: string, proposals: Proposals): void;
}

function CallPart({ call, onClose, onSaved }: CallPartProps) {
  const t = useText(callText);
  const whom = useWhom(call);
  const isPhone = useIsPhone();
  const [wanted, setWanted] = useState<boolean | null>(null);
  const runs = isRunning(call);
  const isTalk = call.bridged_at !== null;
  // On a phone the form would leave no room for the page while they talk.
  const isOpen = wanted ?? (isTalk && !(isPhone && runs));
  return (
    <div className={styles.call}>
      <CallStrip call={call} whom={whom}>
        {!isOpen && (isTalk || !runs) && (
          <Button onPress={() => setWanted(true)}>{t("showResult")}</Button>
        )}
        {isOpen && runs && <Button onPress={() => setWanted(false)}>{t("hideResult")}</Button>}
        {!runs && !isOpen && (
          <Button look="quiet" onPress={onClose}>
            {t("dismiss")}
          </Button>
        )}
      </CallStrip>
      {isOpen && (
        <ResultForm
          callId={call.id}
          task={whom.task}
          onSaved={(proposals) => onSaved(whom.name, proposals)}
          onLater={runs ? () => setWanted(false) : onClose}
        />
      )}
    </div>
  );
}

/** A call that was asked for: not there yet, or refused. */
function Asked({ hasCall }: { hasCall: boolean }) {
  const t = useText(callText);
  const c = useText(common);
  const text = useProblemText();
  const format = useZoned();
  const state = useDialState();
  const [closedAt, setClosedAt] = useState(0);
  if (state === undefined || state.attempt === null) return null;
  if (state.status === "pending" && !hasCall) {
    return (
      <div className={`${styles.strip} ${styles.ringing}`} data-phase="starting">
        <PhoneOff size={20} aria-hidden className={styles.icon} />
        <div className={styles.who}>
          <span className={styles.name}>{state.attempt.name}</span>
          <span className={styles.state}>{t("starting")}</span>
        </div>
      </div>
    );
  }
  const { problem } = state;
  if (state.status !== "error" || problem === null || state.submittedAt <= closedAt) return null;
  const again =
    problem.retryAfterS === null
      ? null
      : new Date(state.submittedAt + problem.retryAfterS * 1000).toISOString();
  return (
    <div className={`${styles.strip} ${styles.bad}`} role="alert">
      <TriangleAlert size={20} aria-hidden className={styles.icon} />
      <div className={styles.who}>
        <span className={styles.name}>
          {t("refused")}: {state.attempt.name}
        </span>
        <span className={styles.state}>
          {text(problem)} {again !== null && t("refusedUntil", { time: format.time(again) })}
          {problem.requestId !== null && (
            <>
              {" "}
              {c("requestId")} <code>{problem.requestId}</code>
            </>
          )}
        </span>
      </div>
      <div className={styles.actions}>
        <Button onPress={() => setClosedAt(state.submittedAt)}>{t("dismiss")}</Button>
      </div>
    </div>
  );
}
