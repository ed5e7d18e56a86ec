import { Phone, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { Button } from "../../../kit/Button";
import { useProblemText } from "../../../kit/useProblemText";
import { common } from "../../../text/common";
import { callText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { useZoned } from "../useMe";
import styles from "./CallDock.module.css";
import { useDialState } from "./useCalls";

/** A call that was asked for: not there yet, or refused. */
export function Asked({ hasCall }: { hasCall: boolean }) {
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
        <Phone size={20} aria-hidden className={styles.icon} />
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
