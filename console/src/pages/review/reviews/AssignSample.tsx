import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../../api/client";
import { problemFrom } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import formStyles from "../../../kit/Form.module.css";
import { Empty, Failed, ProblemNote, Skeleton } from "../../../kit/States";
import { toast } from "../../../kit/toast";
import { useProblem } from "../../../kit/useProblem";
import { common } from "../../../text/common";
import { reviewsText } from "../../../text/reviews";
import { useText } from "../../../text/words";
import { keys } from "../queries";
import { ReviewerChoice } from "./ReviewerChoice";
import styles from "./Reviews.module.css";
import { offered, reviewersQuery } from "./reviewers";

/** Share the open reviews of a sample evenly among those who are chosen. */
export function AssignSample({ sampleId, onClose }: { sampleId: string; onClose(): void }) {
  const t = useText(reviewsText);
  const c = useText(common);
  const queries = useQueryClient();
  const reviewers = useQuery(reviewersQuery);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const assign = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/v1/samples/{sample_id}/assign", {
          params: { path: { sample_id: sampleId } },
          body: { reviewers: [...chosen] },
        }),
      ),
    onSuccess: ({ assigned }) => {
      void queries.invalidateQueries({ queryKey: ["reviews"] });
      void queries.invalidateQueries({ queryKey: keys.reviewers });
      toast({ text: t("assignedToast", { count: Object.keys(assigned).length }) });
      onClose();
    },
  });
  const { problem } = useProblem(assign.error);
  const unread = problemFrom(reviewers.error);
  return (
    <Dialog
      title={t("assignSample")}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{c("cancel")}</Button>
          <Button
            look="primary"
            isDisabled={chosen.size === 0}
            isPending={assign.isPending}
            onPress={() => assign.mutate()}
          >
            {t("assignTo", { count: chosen.size })}
          </Button>
        </>
      }
    >
      <div className={formStyles.form}>
        <p className={styles.hush}>{t("assignDetail")}</p>
        {unread !== null && <Failed problem={unread} onRetry={() => void reviewers.refetch()} />}
        {reviewers.isPending && <Skeleton rows={4} height="2.75rem" />}
        {reviewers.data?.items.length === 0 && <Empty title={t("noReviewers")} />}
        {reviewers.data !== undefined && (
          <ReviewerChoice
            reviewers={offered(reviewers.data.items)}
            chosen={chosen}
            onChange={setChosen}
          />
        )}
        <ProblemNote problem={problem} />
      </div>
    </Dialog>
  );
}
