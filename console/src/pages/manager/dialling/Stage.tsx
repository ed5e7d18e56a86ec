import { Pause, Phone, Play, SkipForward, Square } from "lucide-react";
import { Problem } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import { useShortcut } from "../../../kit/shortcuts";
import { useProblemText } from "../../../kit/useProblemText";
import { favours, listText, listWhy } from "../../../text/manager";
import { isWord, textOf, useText } from "../../../text/words";
import { nameOf, useTypeName } from "../names";
import type { Task } from "../tasks/sections";
import { useZoned } from "../useMe";
import { useNow } from "../useNow";
import styles from "./DiallingPage.module.css";
import { type Dialling, type DiallingOrder, useOrder } from "./useDialling";

/** The list at this moment: who, why, and what one may say to it. */
export function Stage({ dialling, task }: { dialling: Dialling; task: Task | undefined }) {
  const t = useText(listText);
  const typeName = useTypeName();
  const { state } = dialling;
  const hasCustomer = state === "shown" || state === "calling" || state === "wrap_up";
  const why = dialling.favours.map((one) => (isWord(favours, one) ? textOf(favours, one) : one));
  return (
    <section className={styles.stage} aria-label={t("title")}>
      <p className={styles.state} role="status">
        {isWord(listText, state) ? t(state) : state}
        {dialling.is_pausing && ` · ${t("pausing")}`}
      </p>
      {hasCustomer && task !== undefined ? (
        <div>
          <h2 className={styles.name}>{nameOf(task)}</h2>
          <p className={styles.about}>
            {[typeName(task), task.subject, ...why].filter(Boolean).join(" · ")}
          </p>
        </div>
      ) : (
        <Why code={dialling.why} />
      )}
      {state === "wrap_up" && <NextIn until={dialling.wrap_up_until} />}
      <Orders dialling={dialling} />
      <p className={styles.count}>{t("done", { calls: dialling.calls, talks: dialling.talks })}</p>
    </section>
  );
}

function Why({ code }: { code: string | null }) {
  const problemText = useProblemText();
  if (code === null) return null;
  const text = isWord(listWhy, code)
    ? textOf(listWhy, code)
    : problemText(new Problem(0, code, code));
  return <p className={styles.name}>{text}</p>;
}

function NextIn({ until }: { until: string | null }) {
  const t = useText(listText);
  const format = useZoned();
  const now = useNow(1_000);
  if (until === null) return null;
  const seconds = Math.max(0, (Date.parse(until) - now.getTime()) / 1000);
  return <p className={styles.about}>{t("nextIn", { time: format.clock(seconds) })}</p>;
}

function Orders({ dialling }: { dialling: Dialling }) {
  const t = useText(listText);
  const order = useOrder(dialling);
  const { state } = dialling;
  const readyText = state === "shown" ? t("ready") : state === "wrap_up" ? t("nextNow") : t("goOn");
  const isReady = state === "shown" || state === "wrap_up" || state === "paused";
  const mayPause = state !== "paused" && !dialling.is_pausing;
  const say = (what: DiallingOrder) => (): void => {
    if (!order.isPending) order.mutate(what);
  };
  useShortcut("d", readyText, say("ready"), isReady);
  useShortcut("s", t("skip"), say("skip"), state === "shown");
  useShortcut("p", t("pause"), say("pause"), mayPause);
  return (
    <div className={styles.actions}>
      {isReady && (
        <Button
          icon={state === "paused" ? Play : Phone}
          look="primary"
          size="l"
          hint="d"
          isPending={order.isPending && order.variables === "ready"}
          onPress={say("ready")}
        >
          {readyText}
        </Button>
      )}
      {state === "shown" && (
        <Button icon={SkipForward} size="l" hint="s" onPress={say("skip")}>
          {t("skip")}
        </Button>
      )}
      {mayPause && (
        <Button icon={Pause} size="l" hint="p" onPress={say("pause")}>
          {t("pause")}
        </Button>
      )}
      <Button icon={Square} size="l" onPress={say("stop")}>
        {t("stop")}
      </Button>
    </div>
  );
}
