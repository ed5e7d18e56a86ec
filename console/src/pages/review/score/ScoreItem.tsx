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
import { useFindingText } from "../useFindingText";
import { type Choice, choicesOf, type Item, type Score } from "./points";
import styles from "./Score.module.css";

/** An answer that overrules the check and waits for its reason. */
export interface Overruling {
  points: number;
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
  onChoose(points: number): void;
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
  const points = overruling?.points ?? score?.points ?? null;
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
        <span className={styles.points}>
          {format.number(points, 1)}
          <small> / {format.number(item.points, 1)}</small>
        </span>
      </div>
      {isOpen && <Choices {...props} points={points} />}
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
  points,
}: ScoreItemProps & { points: number | null }) {
  const t = useText(scoreText);
  const r = useText(reviewText);
  const format = useFormat();
  const named = ({ label, points: worth }: Choice): string => {
    if (label !== null) return label;
    if (worth === 0) return t("noPoints");
    return worth === item.points ? t("allPoints") : t("halfPoints");
  };
  return (
    <fieldset className={styles.choices} aria-label={item.text}>
      {choicesOf(item).map((choice, place) => (
        <button
          key={named(choice)}
          type="button"
          className={styles.choice}
          aria-pressed={choice.points === points}
          title={format.number(choice.points, 1)}
          onClick={() => onChoose(choice.points)}
        >
          {isCurrent && <kbd>{place + 1}</kbd>}
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
  const text = useFindingText();
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
          {text.title(finding)}
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
