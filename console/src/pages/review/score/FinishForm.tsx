import { useNavigate } from "react-router";
import { Button } from "../../../kit/Button";
import { TextField } from "../../../kit/Field";
import { ProblemNote } from "../../../kit/States";
import { useShortcut } from "../../../kit/shortcuts";
import { toast } from "../../../kit/toast";
import { useProblem } from "../../../kit/useProblem";
import { scoreText } from "../../../text/reviewScore";
import { useText } from "../../../text/words";
import { pathOf } from "../paths";
import type { Review } from "../queries";
import { useDraft } from "../useDraft";
import { unanswered } from "./points";
import styles from "./Score.module.css";
import { type Reviewing, takeNext } from "./useReview";

/** Say that all points are given, and go on to the next one of the sample. */
export function FinishForm({
  review,
  reviewing: { finish },
  unexplained,
}: {
  review: Review;
  reviewing: Reviewing;
  /** Answers that overrule the check and wait for their reason: submitting would drop them. */
  unexplained: number;
}) {
  const t = useText(scoreText);
  const navigate = useNavigate();
  const [summary, setSummary] = useDraft(`summary ${review.id}`);
  const open = unanswered(review);
  const isReady = open.length === 0 && unexplained === 0;
  const { problem, errorOf } = useProblem(finish.error, ["summary"]);
  const goOn = async (): Promise<void> => {
    const next = await takeNext(review.sample_id);
    if (next === null) toast({ text: t("nothingWaits") });
    else await navigate(pathOf(next));
  };
  const submit = (goesOn: boolean): void => {
    if (!isReady || finish.isPending) return;
    finish.mutate(summary || review.summary, {
      onSuccess: () => {
        setSummary("");
        toast({ text: t("submitted") });
        if (goesOn) void goOn().catch(() => toast({ text: t("nextFailed"), tone: "bad" }));
      },
    });
  };
  useShortcut("mod+Enter", t("submitNext"), () => submit(true));
  return (
    <div className={styles.form}>
      <TextField
        label={t("summary")}
        rows={2}
        value={summary}
        onChange={setSummary}
        error={errorOf("summary")}
      />
      {open.length > 0 && <p className={styles.note}>{t("open", { count: open.length })}</p>}
      {unexplained > 0 && <p className={styles.note}>{t("unexplained", { count: unexplained })}</p>}
      <ProblemNote problem={problem} />
      <div className={styles.actions}>
        <Button isDisabled={!isReady} onPress={() => submit(false)}>
          {t("submit")}
        </Button>
        <Button
          look="primary"
          isDisabled={!isReady}
          isPending={finish.isPending}
          hint="Ctrl ⏎"
          onPress={() => submit(true)}
        >
          {t("submitNext")}
        </Button>
      </div>
    </div>
  );
}
