import { MessageSquarePlus } from "lucide-react";
import { useEffect, useRef } from "react";
import { Button } from "../../../kit/Button";
import { TextField } from "../../../kit/Field";
import { useFormat } from "../../../kit/format";
import { Badge } from "../../../kit/States";
import { common } from "../../../text/common";
import { reviewText } from "../../../text/review";
import { scoreText } from "../../../text/reviewScore";
import { useText } from "../../../text/words";
import type { Finding } from "../queries";
import { useFindingTitle } from "../useFindingText";
import {
  type Answer,
  answerOf,
  type Choice,
  choicesOf,
  type Item,
  isSameAnswer,
  type Score,
} from "./points";
import styles from "./Score.module.css";

/** Answers past the ninth have no digit. */
const MOST_KEYS = 9;

/** An answer that overrules the check and waits for its reason. */
export interface Overruling extends Answer {
  reason: string;
}

export interface ScoreItemProps {
  item: Item;
  score: Score | undefined;
  findings: readonly Finding[];
  /** The keys are for this item. */
  isCurrent: boolean;
  /** Points may be given. */
  isOpen: boolean;
  overruling: Overruling | null;
  error: string | undefined;
  /** What the manager holds against it. */
  appeal: string | undefined;
  onCurrent(): void;
  onChoose(answer: Answer): void;
  onReason(reason: string): void;
  onOverrule(): void;
  onWithdraw(): void;
  onFinding(finding: Finding): void;
  onComment(): void;
}

/** One question of the scorecard with its answers, what the check gave and why. */
export function ScoreItem(props: ScoreItemProps) {
  const { item, score, isCurrent, isOpen, overruling, onCurrent } = props;
  const t = useText(scoreText);
  const format = useFormat();
  const box = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isCurrent) box.current?.scrollIntoView({ block: "nearest" });
  }, [isCurrent]);
  const answer = overruling ?? answerOf(score);
  return (
    <li
      ref={box}
      className={styles.item}
      aria-current={isCurrent || undefined}
      onPointerDown={onCurrent}
      data-item={item.id}
    >
      <div className={styles.question}>
        <span>
          {item.text} {item.critical && <Badge tone="bad">{t("critical")}</Badge>}{" "}
          {item.kind === "automatic" && <Badge>{t("automatic")}</Badge>}
        </span>
        {answer.notApplicable ? (
          <span className={styles.leftOut}>{t("notApplicable")}</span>
        ) : (
          <span className={styles.points}>
            {format.number(answer.points, 1)}
            <small> / {format.number(item.points, 1)}</small>
          </span>
        )}
      </div>
      {isOpen && <Choices {...props} answer={answer} />}
      {overruling !== null && <Reason {...props} overruling={overruling} />}
      <Why {...props} />
    </li>
  );
}

function Choices({
  item,
  isCurrent,
  onChoose,
  onComment,
  answer,
}: ScoreItemProps & { answer: Answer }) {
  const t = useText(scoreText);
  const r = useText(reviewText);
  const format = useFormat();
  const named = ({ label, points, notApplicable }: Choice): string => {
    if (label !== null) return label;
    if (notApplicable) return t("notApplicable");
    if (points === 0) return t("noPoints");
    return points === item.points ? t("allPoints") : t("halfPoints");
  };
  return (
    <fieldset className={styles.choices} aria-label={item.text}>
      {choicesOf(item).map((choice) => (
        <button
          key={choice.key}
          type="button"
          className={styles.choice}
          aria-pressed={isSameAnswer(choice, answer)}
          title={choice.notApplicable ? t("notApplicableHelp") : format.number(choice.points, 1)}
          onClick={() => onChoose(choice)}
        >
          {isCurrent && choice.key <= MOST_KEYS && <kbd>{choice.key}</kbd>}
          {named(choice)}
        </button>
      ))}
      <Button icon={MessageSquarePlus} iconOnly look="quiet" onPress={onComment}>
        {r("comment")}
      </Button>
    </fieldset>
  );
}

function Reason({
  item,
  overruling,
  error,
  onReason,
  onOverrule,
  onWithdraw,
}: ScoreItemProps & { overruling: Overruling }) {
  const t = useText(scoreText);
  const c = useText(common);
  return (
    <form
      className={styles.reason}
      onSubmit={(event) => {
        event.preventDefault();
        onOverrule();
      }}
    >
      <TextField
        label={t("overruleWhy")}
        value={overruling.reason}
        onChange={onReason}
        error={error}
        autoFocus
        name={`reason-${item.id}`}
      />
      <Button type="submit" isDisabled={overruling.reason.trim() === ""}>
        {t("overrule")}
      </Button>
      <Button look="quiet" onPress={onWithdraw}>
        {c("cancel")}
      </Button>
    </form>
  );
}

/** What the points rest on: findings to hear, a reason, the manager's appeal. */
function Why({ score, findings, appeal, overruling, error, onFinding }: ScoreItemProps) {
  const t = useText(scoreText);
  const titleOf = useFindingTitle();
  const against = findings.filter(({ id }) => score?.finding_ids.includes(id));
  return (
    <>
      {against.map((finding) => (
        <button
          key={finding.id}
          type="button"
          className={styles.against}
          disabled={finding.start_s === null}
          onClick={() => onFinding(finding)}
        >
          {titleOf(finding)}
        </button>
      ))}
      {score?.reason && <p className={styles.note}>{t("because", { reason: score.reason })}</p>}
      {appeal !== undefined && <p className={styles.appeal}>{t("appealed", { text: appeal })}</p>}
      {overruling === null && error !== undefined && (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
    </>
  );
}
