import { useFormat } from "../../../kit/format";
import { Badge } from "../../../kit/States";
import { scoreText } from "../../../text/reviewScore";
import { useText } from "../../../text/words";
import type { Review } from "../queries";
import { totalOf, unanswered } from "./points";
import styles from "./Score.module.css";
import { StateBadge } from "./StateBadge";

/** What the points come to so far, and whether that passes. */
export function Total({ review }: { review: Review }) {
  const t = useText(scoreText);
  const format = useFormat();
  const total = review.total ?? totalOf(review.scorecard, review.scores);
  // Whether it passes is said once nothing is open: until then nearly everything has failed.
  const isWhole = unanswered(review).length === 0;
  const names = review.scorecard.items
    .filter(({ id }) => total.failed_by.includes(id))
    .map(({ text }) => text);
  return (
    <header className={styles.total}>
      <div>
        <h2>{review.scorecard.name}</h2>
        <StateBadge review={review} />
      </div>
      <div className={styles.sum} role="status">
        <strong>{format.number(total.points, 1)}</strong>
        <span> / {format.number(total.most, 1)}</span>
        {isWhole ? (
          <Badge tone={total.passed ? "good" : "bad"}>
            {t(total.passed ? "passed" : "failed")} · {format.percent(total.share)}
          </Badge>
        ) : (
          <Badge>{format.percent(total.share)}</Badge>
        )}
      </div>
      {isWhole && names.length > 0 && (
        <p className={styles.note}>{t("failedBy", { names: names.join(t("comma")) })}</p>
      )}
      {total.not_applicable.length > 0 && (
        <p className={styles.note}>{t("leftOut", { count: total.not_applicable.length })}</p>
      )}
    </header>
  );
}
