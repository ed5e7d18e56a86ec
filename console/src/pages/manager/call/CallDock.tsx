import { Suspense, useState } from "react";
import { Button } from "../../../kit/Button";
import { later } from "../../../kit/later";
import { Skeleton } from "../../../kit/States";
import { toast } from "../../../kit/toast";
import { giveFocusBack } from "../../../kit/useFocusBack";
import { useIsPhone } from "../../../kit/useMedia";
import { useTyped } from "../../../kit/useSaved";
import { callText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { type Proposals, useOpenTasks, useTaskEvents, useTelling } from "../tasks/useTasks";
import { Asked } from "./Asked";
import styles from "./CallDock.module.css";
import { CallStrip } from "./CallStrip";
import { type Call, isRunning, owesResult } from "./phase";
import { draftKeyOf } from "./resultDraft";
import { useCallEvents, useCalls } from "./useCalls";
import { useWhom } from "./useWhom";
import { WishStrip } from "./WishStrip";

const ResultForm = later(async () => ({ default: (await import("./ResultForm")).ResultForm }));

/** For so long after its end the form of a call is offered by itself. */
const OFFERED_MS = 30 * 60_000;

/** No form is wanted, whatever call there is. */
const NONE = "none";

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
  const { tasks } = useOpenTasks();
  const telling = useTelling();
  const [wish, setWish] = useState<Wish | null>(null);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const running = calls.find(isRunning);
  const seen = useSeen(running);
  const isTyped = useTyped();
  const isOffered = (call: Call): boolean => {
    // Somebody else may have closed the task: what was typed is not taken out of their hands.
    if (seen.has(call.id) && isTyped(draftKeyOf(call.task_id, call.id))) return true;
    if (call.ended_at === null || Date.now() - Date.parse(call.ended_at) > OFFERED_MS) return false;
    // What came to nothing gives way to the next call.
    const isFresh = seen.has(call.id) && call.bridged_at === null && running === undefined;
    return isFresh || telling.includes(call.id) || owesResult(call, tasks);
  };
  const shown = calls.filter(
    (call) => call === running || (!closed.has(call.id) && isOffered(call)),
  );
  const [wanted, setWanted] = useState<string | null>(null);
  const isPhone = useIsPhone();
  // One form at a time has the number keys: of the call that is chosen, else the newest talk's.
  const talk = shown.find((call) => call.bridged_at !== null);
  // On a phone the form would leave no room for the page while they talk.
  const suggested = talk !== undefined && isPhone && isRunning(talk) ? undefined : talk?.id;
  const openId = shown.find(({ id }) => id === wanted)?.id ?? (wanted === NONE ? null : suggested);
  const close = (id: string): void => setClosed((before) => new Set([...before, id]));
  const saved = (call: Call, name: string, proposals: Proposals): void => {
    close(call.id);
    toast({ text: t("savedResult") });
    if (proposals.includes("do_not_call") && call.task_id !== null) {
      setWish({ taskId: call.task_id, name });
    }
    setWanted(null);
    giveFocusBack();
  };
  return (
    <section className={styles.dock} aria-label={t("region")}>
      <Asked hasCall={running !== undefined} />
      {shown.map((call) => (
        <CallPart
          key={call.id}
          call={call}
          isOpen={call.id === openId}
          onOpen={(isWanted) => setWanted(isWanted ? call.id : NONE)}
          onClose={() => close(call.id)}
          isTelling={telling.includes(call.id)}
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

interface CallPartProps {
  call: Call;
  /** Whether its form is there. */
  isOpen: boolean;
  /** Whether its result is being saved. */
  isTelling: boolean;
  onOpen(isWanted: boolean): void;
  onClose(): void;
  onSaved(name: string, proposals: Proposals): void;
}

function CallPart({ call, isOpen, isTelling, onOpen, onClose, onSaved }: CallPartProps) {
  const t = useText(callText);
  const whom = useWhom(call);
  // While its result is told the task has left the list already.
  const [task, setTask] = useState(whom.task);
  if (whom.task !== undefined && whom.task !== task) setTask(whom.task);
  const isTaskGone = task !== undefined && whom.task === undefined && !isTelling;
  const runs = isRunning(call);
  const isTalk = call.bridged_at !== null;
  return (
    <div className={styles.call}>
      <CallStrip call={call} whom={whom}>
        {!isOpen && (isTalk || !runs) && (
          <Button onPress={() => onOpen(true)}>{t("showResult")}</Button>
        )}
        {isOpen && runs && <Button onPress={() => onOpen(false)}>{t("hideResult")}</Button>}
        {!runs && !isOpen && (
          <Button look="quiet" onPress={onClose}>
            {t("dismiss")}
          </Button>
        )}
      </CallStrip>
      {isOpen && isTaskGone && <p className={styles.gone}>{t("closedElsewhere")}</p>}
      {isOpen && !whom.isPending && (
        <Suspense fallback={<Skeleton rows={4} />}>
          <ResultForm
            callId={call.id}
            task={task}
            onSaved={(proposals) => onSaved(whom.name, proposals)}
            onLater={runs ? () => onOpen(false) : onClose}
          />
        </Suspense>
      )}
    </div>
  );
}
