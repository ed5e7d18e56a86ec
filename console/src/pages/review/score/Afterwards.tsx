import { Button } from "../../../kit/Button";
import { useFormat } from "../../../kit/format";
import { ProblemNote } from "../../../kit/States";
import { toast } from "../../../kit/toast";
import { useProblem } from "../../../kit/useProblem";
import { scoreText } from "../../../text/reviewScore";
import { useText } from "../../../text/words";
import type { Review } from "../queries";
import styles from "./Score.module.css";
import type { Reviewing } from "./useReview";

/** What was said when the points were given: summary, appeal, decision; and closing it for good. */
export function Afterwards({
  review,
  reviewing: { close },
  mayClose,
}: {
  review: Review;
  reviewing: Reviewing;
  mayClose: boolean;
}) {
  const t = useText(scoreText);
  const format = useFormat();
  const { appeal, decision, summary, state } = review;
  const { problem } = useProblem(close.error);
  const isScored = state !== "open" && state !== "assigned" && state !== "in_progress";
  return (
    <div className={styles.after}>
      {isScored && summary !== "" && <Said title={t("summary")} text={summary} />}
      {appeal !== null && (
        <Said title={t("appealOf", { at: format.dateTime(appeal.at) })} text={appeal.text} />
      )}
      {decision !== null && (
        <Said
          title={t(decision.upheld ? "changed" : "stays", { at: format.dateTime(decision.at) })}
          text={decision.text}
        />
      )}
      {state === "final" && <p className={styles.note}>{t("isFinal")}</p>}
      <ProblemNote problem={problem} />
      {mayClose && (
        <Button
          isPending={close.isPending}
          onPress={() => close.mutate(undefined, { onSuccess: () => toast({ text: t("closed") }) })}
        >
          {t("closeForGood")}
        </Button>
      )}
    </div>
  );
}

function Said({ title, text }: { title: string; text: string }) {
  return (
    <section className={styles.said}>
      <h3>{title}</h3>
      <p>{text}</p>
    </section>
  );
}
