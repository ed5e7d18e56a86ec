import type { Schema } from "../../../api/client";
import type { Review, Scorecard } from "../queries";

export type Item = Schema<"ScorecardItemView">;
export type Score = Schema<"ItemScoreView">;

/** What is said to an item: its points, or that it does not apply to the talk. */
export interface Answer {
  /** Null: none yet, or it does not apply. */
  points: number | null;
  notApplicable: boolean;
}

/** An answer as it is given; a reason where the check is overruled. */
export interface Given extends Answer {
  itemId: string;
  reason: string;
}

/** An answer that can be chosen with one key. */
export interface Choice extends Answer {
  /** The digit that chooses it. */
  key: number;
  /** The scorecard's own word for it; null: all, half or none of the points, or not applicable. */
  label: string | null;
}

/** Nobody has answered yet. */
export const NO_ANSWER: Answer = { points: null, notApplicable: false };
const NOT_APPLICABLE: Choice = { points: null, notApplicable: true, label: null, key: 0 };

/** What may be chosen for an item, the best first; that it does not apply comes last, as 0. */
export function choicesOf(item: Item): Choice[] {
  const choices = pointsOf(item).map((one, place) => ({
    ...one,
    notApplicable: false,
    key: place + 1,
  }));
  return item.may_not_apply ? [...choices, NOT_APPLICABLE] : choices;
}

function pointsOf(item: Item): { points: number; label: string | null }[] {
  if (item.options.length > 0) return item.options.map(({ label, points }) => ({ label, points }));
  const shares = item.kind === "automatic" ? [1, 0] : [1, 0.5, 0];
  return shares.map((share) => ({ label: null, points: item.points * share }));
}

/** What a score says, in the form in which it is given. */
export function answerOf(score: Score | undefined): Answer {
  if (score === undefined) return NO_ANSWER;
  return { points: score.points, notApplicable: score.not_applicable };
}

export function isSameAnswer(one: Answer, other: Answer): boolean {
  return one.points === other.points && one.notApplicable === other.notApplicable;
}

/** Whether this answer needs a reason: it is not what the check gave. */
export function overrules(score: Score | undefined, { points, notApplicable }: Answer): boolean {
  const automatic = score?.automatic ?? null;
  if (automatic === null) return false;
  return notApplicable || (points !== null && points !== automatic);
}

/** The review as it will be with these points; the server says the same, later. */
export function withPoints(review: Review, given: readonly Given[]): Review {
  const byItem = new Map(given.map((one) => [one.itemId, one]));
  const scores = review.scores.map((score) => {
    const one = byItem.get(score.item_id);
    if (one === undefined) return score;
    return {
      ...score,
      points: one.points,
      not_applicable: one.notApplicable,
      reason: one.reason,
    };
  });
  return { ...review, scores, total: totalOf(review.scorecard, scores) };
}

/**
 * Add up: what has no points counts as none; a critical item without any fails the talk. What does
 * not apply counts neither among the points nor among what they could be.
 */
export function totalOf(scorecard: Scorecard, scores: readonly Score[]): Schema<"ReviewTotalView"> {
  const given = new Map(scores.map((score) => [score.item_id, score.points ?? 0]));
  const leftOut = new Set(
    scores.filter(({ not_applicable }) => not_applicable).map(({ item_id }) => item_id),
  );
  const applying = scorecard.items.filter(({ id }) => !leftOut.has(id));
  const most = applying.reduce((sum, item) => sum + item.points, 0);
  const points = applying.reduce((sum, item) => sum + (given.get(item.id) ?? 0), 0);
  const failed = applying.filter((item) => item.critical && !given.get(item.id));
  const share = most === 0 ? 0 : points / most;
  return {
    points,
    most,
    share,
    passed: failed.length === 0 && share >= scorecard.pass_share - 1e-9,
    failed_by: failed.map(({ id }) => id),
    not_applicable: scorecard.items.filter(({ id }) => leftOut.has(id)).map(({ id }) => id),
  };
}

/** Items that nobody has answered yet, in their order. */
export function unanswered(review: Review): Item[] {
  const open = new Set(
    review.scores
      .filter((score) => isSameAnswer(answerOf(score), NO_ANSWER))
      .map(({ item_id }) => item_id),
  );
  return review.scorecard.items.filter(({ id }) => open.has(id));
}
