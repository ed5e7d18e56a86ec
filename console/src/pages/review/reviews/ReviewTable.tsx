import type { ReactNode } from "react";
import { useMemo } from "react";
import { useNavigate } from "react-router";
import { useManagers } from "../../../api/directory";
import type { Pages } from "../../../api/pages";
import { type ColumnOf, DataTable } from "../../../kit/DataTable";
import { useFormat } from "../../../kit/format";
import { Badge, Failed, Skeleton } from "../../../kit/States";
import { reviewsText } from "../../../text/reviews";
import { useText } from "../../../text/words";
import { pathOf } from "../paths";
import type { Review } from "../queries";
import { StateBadge } from "../score/StateBadge";
import styles from "./Reviews.module.css";
import { useReviewerNames } from "./reviewers";

/** Reviews as rows; pressing one opens its recording with the scorecard beside it. */
export function ReviewTable({ reviews, empty }: { reviews: Pages<Review>; empty: ReactNode }) {
  const t = useText(reviewsText);
  const navigate = useNavigate();
  const managers = useManagers();
  const columns = useReviewColumns();
  if (reviews.problem !== null) {
    return <Failed problem={reviews.problem} onRetry={reviews.retry} />;
  }
  if (reviews.isPending) return <Skeleton rows={6} />;
  return (
    <div className={styles.table}>
      <DataTable
        label={t("reviews")}
        columns={columns}
        items={reviews.items}
        idOf={({ id }) => id}
        textOf={({ manager_id }) => managers.nameOf(manager_id)}
        onOpen={(review) => void navigate(pathOf(review))}
        card={(review) => <ReviewCard review={review} />}
        onMore={reviews.more}
        isLoadingMore={reviews.isLoadingMore}
        empty={empty}
      />
    </div>
  );
}

function useReviewColumns(): readonly ColumnOf<Review>[] {
  const t = useText(reviewsText);
  const format = useFormat();
  const managers = useManagers();
  const reviewerOf = useReviewerNames();
  return useMemo(
    () => [
      {
        id: "manager",
        title: t("manager"),
        cell: ({ manager_id }) => managers.nameOf(manager_id),
      },
      ...(reviewerOf === null
        ? []
        : [
            {
              id: "reviewer",
              title: t("reviewer"),
              cell: (one: Review) => reviewerOf(one.reviewer),
            },
          ]),
      { id: "scorecard", title: t("scorecard"), cell: ({ scorecard }) => scorecard.name },
      {
        id: "state",
        title: t("state"),
        width: 180,
        cell: (review) => <StateBadge review={review} />,
      },
      {
        id: "total",
        title: t("result"),
        width: 150,
        align: "end",
        cell: (review) => <Result review={review} />,
      },
      {
        id: "created",
        title: t("created"),
        width: 160,
        align: "end",
        cell: ({ created_at }) => format.dateTime(created_at),
      },
    ],
    [t, format, managers, reviewerOf],
  );
}

/** States in which a review has its points. */
const DONE: readonly Review["state"][] = ["scored", "appealed", "decided", "final"];

function Result({ review: { state, total } }: { review: Review }) {
  const format = useFormat();
  if (total === null || !DONE.includes(state)) return null;
  return <Badge tone={total.passed ? "good" : "bad"}>{format.percent(total.share)}</Badge>;
}

function ReviewCard({ review }: { review: Review }) {
  const format = useFormat();
  const managers = useManagers();
  return (
    <div className={styles.card}>
      <div>
        <strong>{managers.nameOf(review.manager_id)}</strong>
        <span className={styles.hush}>{format.date(review.created_at)}</span>
      </div>
      <div>
        <StateBadge review={review} />
        <Result review={review} />
      </div>
    </div>
  );
}
