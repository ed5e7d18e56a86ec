import { Button } from "../../../kit/Button";
import { TextField } from "../../../kit/Field";
import { ProblemNote } from "../../../kit/States";
import { toast } from "../../../kit/toast";
import { useProblem } from "../../../kit/useProblem";
import { scoreText } from "../../../text/reviewScore";
import { useText } from "../../../text/words";
import type { Review } from "../queries";
import { useDraft } from "../useDraft";
import type { Given } from "./points";
import styles from "./Score.module.css";
import type { Reviewing } from "./useReview";

/** Another person's answer to an appeal: the points that change, chosen above, and why. */
export function DecideForm({
  review,
  reviewing: { decide },
  given,
  unexplained,
}: {
  review: Review;
  reviewing: Reviewing;
  given: readonly Given[];
  /** Answers that overrule the check and wait for their reason. */
  unexplained: number;
}) {
  const t = useText(scoreText);
  const [text, setText] = useDraft(`decision ${review.id}`);
  const { problem, errorOf } = useProblem(decide.error, ["text"]);
  return (
    <section className={styles.form} aria-label={t("decide")}>
      <h3>{t("decide")}</h3>
      <p className={styles.note}>
        {given.length === 0 ? t("decideKeeps") : t("decideChanges", { count: given.length })}
      </p>
      <TextField
        label={t("decideText")}
        rows={3}
        value={text}
        onChange={setText}
        error={errorOf("text")}
      />
      {unexplained > 0 && <p className={styles.note}>{t("unexplained", { count: unexplained })}</p>}
      <ProblemNote problem={problem} />
      <div className={styles.actions}>
        <Button
          look="primary"
          isDisabled={text.trim() === "" || unexplained > 0}
          isPending={decide.isPending}
          onPress={() =>
            decide.mutate(
              { text, given },
              {
                onSuccess: () => {
                  setText("");
                  toast({ text: t("decidedToast") });
                },
              },
            )
          }
        >
          {t("decide")}
        </Button>
      </div>
    </section>
  );
}
