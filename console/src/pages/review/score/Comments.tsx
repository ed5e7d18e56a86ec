import { useEffect, useRef } from "react";
import { useWho } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { TextField } from "../../../kit/Field";
import { useFormat } from "../../../kit/format";
import { ProblemNote } from "../../../kit/States";
import { useShortcut } from "../../../kit/shortcuts";
import { useProblem } from "../../../kit/useProblem";
import { common } from "../../../text/common";
import { reviewText } from "../../../text/review";
import { scoreText } from "../../../text/reviewScore";
import { useText } from "../../../text/words";
import type { Transport } from "../player/transport";
import type { Review } from "../queries";
import { useDraft } from "../useDraft";
import styles from "./Score.module.css";
import type { Reviewing } from "./useReview";

/** What a comment is about. */
export interface CommentPlace {
  /** Null: the talk as a whole. */
  itemId: string | null;
  /** Seconds into the talk, as they were when it was begun: the sound may play on while it is typed. */
  atS: number;
}

/** The place that is heard now, as a comment notes it. */
export const placeNow = ({ state }: Transport): number => Math.floor(state.timeS * 10) / 10;

/** Write a comment at the place that is heard; `c` opens it. */
export function CommentBox({
  review,
  reviewing: { comment },
  transport,
  on,
  onOpen,
}: {
  review: Review;
  reviewing: Reviewing;
  transport: Transport;
  /** What it is about; null while it is closed. */
  on: CommentPlace | null;
  onOpen(on: CommentPlace | null): void;
}) {
  const t = useText(scoreText);
  const r = useText(reviewText);
  const c = useText(common);
  const format = useFormat();
  const [text, setText] = useDraft(`comment ${review.id}`);
  const form = useRef<HTMLFormElement>(null);
  const isOpen = on !== null;
  const open = (): void => onOpen({ itemId: null, atS: placeNow(transport) });
  useShortcut("c", r("comment"), open);
  useEffect(() => {
    if (isOpen) form.current?.querySelector("textarea")?.focus();
  }, [isOpen]);
  const { problem, errorOf } = useProblem(comment.error, ["text"]);
  if (on === null) {
    return (
      <Button hint="C" onPress={open}>
        {r("comment")}
      </Button>
    );
  }
  const item = review.scorecard.items.find(({ id }) => id === on.itemId);
  const send = (): void => {
    if (text.trim() === "" || comment.isPending) return;
    comment.mutate(
      { text, atS: on.atS, side: null, itemId: on.itemId },
      {
        onSuccess: () => {
          setText("");
          onOpen(null);
        },
      },
    );
  };
  return (
    <form
      ref={form}
      className={styles.commentBox}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") onOpen(null);
        if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
          event.preventDefault();
          send();
        }
      }}
    >
      <TextField
        label={t("commentAt", { time: format.clock(on.atS), item: item?.text ?? "" })}
        help={t("commentHelp")}
        rows={2}
        value={text}
        onChange={setText}
        error={errorOf("text")}
      />
      <ProblemNote problem={problem} />
      <div className={styles.actions}>
        <Button look="quiet" onPress={() => onOpen(null)}>
          {c("cancel")}
        </Button>
        <Button
          type="submit"
          look="primary"
          isPending={comment.isPending}
          isDisabled={text.trim() === ""}
        >
          {c("save")}
        </Button>
      </div>
    </form>
  );
}

/** Remarks of both sides, each leading to its place in the sound. */
export function Comments({ review, transport }: { review: Review; transport: Transport }) {
  const t = useText(scoreText);
  const r = useText(reviewText);
  const format = useFormat();
  const who = useWho();
  if (review.comments.length === 0) return null;
  const nameOf = (by: string): string => {
    if (by === who.principal) return t("me");
    return by === review.reviewer ? t("reviewer") : r("manager");
  };
  return (
    <ul className={styles.comments} aria-label={t("comments")}>
      {review.comments.map((comment) => (
        <li key={comment.id}>
          <div className={styles.byline}>
            {comment.at_s !== null && (
              <button
                type="button"
                className={styles.at}
                onClick={() => transport.seek(comment.at_s ?? 0)}
              >
                {format.clock(comment.at_s)}
              </button>
            )}
            <span>{nameOf(comment.by)}</span>
            <span>{review.scorecard.items.find(({ id }) => id === comment.item_id)?.text}</span>
            <time dateTime={comment.at}>{format.relative(comment.at)}</time>
          </div>
          <p>{comment.text}</p>
        </li>
      ))}
    </ul>
  );
}
