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
}: {
  review: Review;
  reviewing: Reviewing;
}) {
  const t = useText(scoreText);
  const navigate = useNavigate();
  const [summary, setSummary] = useDraft(`summary ${review.id}`);
  const open = unanswered(review);
  const { problem, errorOf } = useProblem(finish.error, ["summary"]);
  const goOn = async (): Promise<void> => {
    const next = await takeNext(review.sample_id);
    if (next === null) toast({ text: t("nothingWaits") });
    else await navigate(pathOf(next));
  };
  const submit = (goesOn: boolean): void => {
    if (open.length > 0 || finish.isPending) return;
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
      <ProblemNote problem={problem} />
      <div className={styles.actions}>
        <Button isDisabled={open.length > 0} onPress={() => submit(false)}>
          {t("submit")}
        </Button>
        <Button
          look="primary"
          isDisabled={open.length > 0}
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
