import { useMutation } from "@tanstack/react-query";
import { CircleCheckBig, Play } from "lucide-react";
import { useNavigate } from "react-router";
import { useWho } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { Empty, ProblemNote } from "../../../kit/States";
import { useShortcut } from "../../../kit/shortcuts";
import { toast } from "../../../kit/toast";
import { useProblem } from "../../../kit/useProblem";
import { reviewsText } from "../../../text/reviews";
import { useText } from "../../../text/words";
import { pathOf } from "../paths";
import { takeNext } from "../score/useReview";
import styles from "./Reviews.module.css";
import { ReviewTable } from "./ReviewTable";
import { useReviewList } from "./useReviewList";

/** What is mine to score, and the next one at a press. */
export function Queue() {
  const t = useText(reviewsText);
  const { principal } = useWho();
  const begun = useReviewList({ reviewer: principal, state: "in_progress" });
  const waiting = useReviewList({ reviewer: principal, state: "assigned" });
  const done = useReviewList({ reviewer: principal, state: "scored" });
  const both = { ...waiting, items: [...begun.items, ...waiting.items] };
  const total = both.items.length + done.items.length;
  return (
    <div className={styles.queue}>
      <div className={styles.next}>
        <TakeNext />
        <p className={styles.hush}>
          {t("progress", { done: done.items.length, total })}
          {(done.more ?? both.more) !== undefined && "+"}
        </p>
      </div>
      <ReviewTable
        reviews={both}
        empty={
          <Empty icon={CircleCheckBig} title={t("queueEmpty")}>
            {t("queueEmptyDetail")}
          </Empty>
        }
      />
    </div>
  );
}

/** Take the next review: one's own first, then the oldest open one. */
export function TakeNext({
  sampleId = null,
  size = "l",
}: {
  sampleId?: string | null;
  size?: "m" | "l";
}) {
  const t = useText(reviewsText);
  const navigate = useNavigate();
  const take = useMutation({
    mutationFn: () => takeNext(sampleId),
    onSuccess: (next) => {
      if (next === null) toast({ text: t("nothingWaits") });
      else void navigate(pathOf(next));
    },
  });
  useShortcut("t", t("take"), () => take.mutate());
  const { problem } = useProblem(take.error);
  return (
    <>
      <Button
        look="primary"
        size={size}
        icon={Play}
        hint="t"
        isPending={take.isPending}
        onPress={() => take.mutate()}
      >
        {t("take")}
      </Button>
      <ProblemNote problem={problem} />
    </>
  );
}
