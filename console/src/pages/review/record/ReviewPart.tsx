import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ClipboardList } from "lucide-react";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { api, dataOf } from "../../../api/client";
import { problemFrom } from "../../../api/problem";
import { useMay, useWho } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { Select } from "../../../kit/Field";
import { useFormat } from "../../../kit/format";
import { Empty, Failed, ProblemNote, Skeleton } from "../../../kit/States";
import { useProblem } from "../../../kit/useProblem";
import { useRequestKey } from "../../../kit/useRequestKey";
import { reviewText } from "../../../text/review";
import { scoreText } from "../../../text/reviewScore";
import { useText } from "../../../text/words";
import type { Player } from "../player/usePlayer";
import {
  type Finding,
  type Recording,
  type Review,
  reviewQuery,
  reviewsOfQuery,
  scorecardsQuery,
} from "../queries";
import { ScorePanel } from "../score/ScorePanel";
import { StateBadge } from "../score/StateBadge";
import styles from "./Record.module.css";

interface ReviewPartProps {
  recording: Recording;
  reviewId: string | null;
  findings: readonly Finding[];
  player: Player;
}

/** The review of the address, else what reviews there are, else how to begin one. */
export function ReviewPart(props: ReviewPartProps) {
  return props.reviewId === null ? (
    <Reviews recording={props.recording} />
  ) : (
    <OneReview {...props} reviewId={props.reviewId} />
  );
}

function OneReview({ reviewId, findings, player }: ReviewPartProps & { reviewId: string }) {
  const review = useQuery(reviewQuery(reviewId));
  const problem = problemFrom(review.error);
  if (problem !== null) return <Failed problem={problem} onRetry={() => void review.refetch()} />;
  if (review.data === undefined) return <Skeleton rows={6} height="4rem" />;
  return (
    <ScorePanel
      key={reviewId}
      review={review.data}
      findings={findings}
      transport={player.transport}
      onFinding={player.openFinding}
    />
  );
}

function Reviews({ recording }: { recording: Recording }) {
  const t = useText(scoreText);
  const format = useFormat();
  const reviews = useQuery(reviewsOfQuery(recording.id));
  const [, setSearch] = useSearchParams();
  const mayBegin = useMay("reviews.assign") && recording.status === "completed";
  const open = (review: Review): void =>
    setSearch((before) => {
      const after = new URLSearchParams(before);
      after.set("review", review.id);
      return after;
    });
  const problem = problemFrom(reviews.error);
  if (problem !== null) return <Failed problem={problem} onRetry={() => void reviews.refetch()} />;
  if (reviews.data === undefined) return <Skeleton rows={3} />;
  const { items } = reviews.data;
  return (
    <div className={styles.panel}>
      {items.length === 0 && (
        <Empty icon={ClipboardList} title={t("noReviews")}>
          {mayBegin && t("noReviewsDetail")}
        </Empty>
      )}
      <ul className={styles.findings}>
        {items.map((review) => (
          <li key={review.id}>
            <button type="button" className={styles.finding} onClick={() => open(review)}>
              <span className={styles.what}>
                <span className={styles.title}>
                  {review.scorecard.name} <StateBadge review={review} />
                </span>
                <span className={styles.evidence}>{format.dateTime(review.created_at)}</span>
              </span>
              <strong>{format.percent(review.total?.share ?? null)}</strong>
            </button>
          </li>
        ))}
      </ul>
      {mayBegin && <Begin recording={recording} onBegun={open} />}
    </div>
  );
}

function Begin({ recording, onBegun }: { recording: Recording; onBegun(review: Review): void }) {
  const t = useText(scoreText);
  const r = useText(reviewText);
  const who = useWho();
  const queries = useQueryClient();
  const scorecards = useQuery(scorecardsQuery);
  const usable = scorecards.data?.items.filter(({ active }) => active) ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const scorecardId = chosen ?? usable[0]?.id ?? null;
  const request = useRequestKey();
  const begin = useMutation({
    mutationFn: async (scorecard_id: string) => {
      const body = { recording_id: recording.id, scorecard_id };
      const header = request.headerFor(body);
      const review = await dataOf(api.POST("/v1/reviews", { params: { header }, body }));
      return dataOf(
        api.POST("/v1/reviews/{review_id}/assign", {
          params: { path: { review_id: review.id } },
          body: { reviewer: who.principal },
        }),
      );
    },
    onSuccess: onBegun,
    onSettled: () => queries.invalidateQueries({ queryKey: ["reviews"] }),
  });
  const { problem } = useProblem(begin.error);
  if (usable.length === 0) return <p className={styles.evidence}>{t("noScorecards")}</p>;
  return (
    <div className={styles.begin}>
      <Select
        label={r("scorecard")}
        options={usable.map(({ id, name }) => ({ id, text: name }))}
        value={scorecardId}
        onChange={setChosen}
      />
      <ProblemNote problem={problem} />
      <Button
        look="primary"
        isPending={begin.isPending}
        onPress={() => scorecardId !== null && begin.mutate(scorecardId)}
      >
        {t("begin")}
      </Button>
    </div>
  );
}
