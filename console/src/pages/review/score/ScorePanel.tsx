import { useState } from "react";
import { useWho } from "../../../api/session";
import { ProblemNote } from "../../../kit/States";
import { useProblem } from "../../../kit/useProblem";
import { scoreText } from "../../../text/reviewScore";
import { useText } from "../../../text/words";
import type { Transport } from "../player/transport";
import type { Finding, Review } from "../queries";
import { Afterwards } from "./Afterwards";
import { AppealForm } from "./AppealForm";
import { CommentBox, type CommentPlace, Comments, placeNow } from "./Comments";
import { DecideForm } from "./DecideForm";
import { FinishForm } from "./FinishForm";
import { answerOf, type Given, isSameAnswer, withPoints } from "./points";
import { rightsOf } from "./rights";
import styles from "./Score.module.css";
import { ScoreItem } from "./ScoreItem";
import { Total } from "./Total";
import { useReviewing } from "./useReview";
import { useScoring } from "./useScoring";

export interface ScorePanelProps {
  review: Review;
  findings: readonly Finding[];
  transport: Transport;
  onFinding(finding: Finding): void;
}

/** The scorecard beside the player: points, comments, and what follows them. */
export function ScorePanel({ review, findings, transport, onFinding }: ScorePanelProps) {
  const t = useText(scoreText);
  const rights = rightsOf(review, useWho());
  const reviewing = useReviewing(review);
  const [decided, setDecided] = useState<readonly Given[]>([]);
  const [commentOn, setCommentOn] = useState<CommentPlace | null>(null);
  const give = (given: Given): void => {
    if (rights.scores) reviewing.give.mutate(given);
    else setDecided((before) => [...before.filter(({ itemId }) => itemId !== given.itemId), given]);
  };
  const isOpen = rights.scores || rights.decides;
  const scoring = useScoring(review, isOpen, give);
  const shown = rights.decides ? withPoints(review, decided) : review;
  const changes = decided.filter((given) => {
    const score = review.scores.find(({ item_id }) => item_id === given.itemId);
    return !isSameAnswer(given, answerOf(score));
  });
  const waiting = scoring.overruling.size;
  const fields = review.scorecard.items.map(({ id }) => `scores.${id}`);
  const { problem, errorOf } = useProblem(reviewing.give.error, fields);
  return (
    <div className={styles.panel}>
      <Total review={shown} />
      {rights.isOwnCall && !rights.appeals && review.state !== "final" && (
        <p className={styles.note}>{t("ownCall")}</p>
      )}
      <ol className={styles.items}>
        {review.scorecard.items.map((item) => (
          <ScoreItem
            key={item.id}
            item={item}
            score={shown.scores.find(({ item_id }) => item_id === item.id)}
            findings={findings}
            isCurrent={item.id === scoring.currentId}
            isOpen={isOpen}
            overruling={scoring.overruling.get(item.id) ?? null}
            error={errorOf(`scores.${item.id}`)}
            appeal={review.appeal?.items[item.id]}
            onCurrent={() => scoring.setCurrent(item.id)}
            onChoose={(answer) => scoring.choose(item, answer)}
            onReason={(reason) => scoring.reason(item, reason)}
            onOverrule={() => scoring.overrule(item)}
            onWithdraw={() => scoring.withdraw(item)}
            onFinding={onFinding}
            onComment={() => setCommentOn({ itemId: item.id, atS: placeNow(transport) })}
          />
        ))}
      </ol>
      <ProblemNote problem={problem} />
      {rights.comments && (
        <CommentBox
          review={review}
          reviewing={reviewing}
          transport={transport}
          on={commentOn}
          onOpen={setCommentOn}
        />
      )}
      <Comments review={review} transport={transport} />
      {rights.scores && <FinishForm review={review} reviewing={reviewing} unexplained={waiting} />}
      {rights.appeals && <AppealForm review={review} reviewing={reviewing} />}
      {rights.decides && (
        <DecideForm review={review} reviewing={reviewing} given={changes} unexplained={waiting} />
      )}
      <Afterwards review={review} reviewing={reviewing} mayClose={rights.closes} />
    </div>
  );
}
