import type { Schema } from "../../../api/client";
import type { Review, Scorecard } from "../queries";

export type Item = Schema<"ScorecardItemView">;
export type Score = Schema<"ItemScoreView">;

/** Points of one item as they are given; a reason where the check is overruled. */
export interface Given {
  itemId: string;
  points: number | null;
  reason: string;
}

/** An answer that can be chosen with one key. */
export interface Choice {
  points: number;
  /** The scorecard's own word for it; null: all, half or none of the points. */
  label: string | null;
}

/** What may be chosen for an item, the best first. */
export function choicesOf(item: Item): Choice[] {
  if (item.options.length > 0) return item.options.map(({ label, points }) => ({ label, points }));
  const shares = item.kind === "automatic" ? [1, 0] : [1, 0.5, 0];
  return shares.map((share) => ({ label: null, points: item.points * share }));
}

/** Whether these points need a reason: they are not what the check gave. */
export function overrules(score: Score | undefined, points: number | null): boolean {
  const automatic = score?.automatic ?? null;
  return automatic !== null && points !== null && points !== automatic;
}

/** The review as it will be with these points; the server says the same, later. */
export function withPoints(review: Review, given: readonly Given[]): Review {
  const byItem = new Map(given.map((one) => [one.itemId, one]));
  const scores = review.scores.map((score) => {
    const one = byItem.get(score.item_id);
    return one === undefined ? score : { ...score, points: one.points, reason: one.reason };
  });
  return { ...review, scores, total: totalOf(review.scorecard, scores) };
}

/** Add up: what has no points counts as none; a critical item without any fails the talk. */
export function totalOf(scorecard: Scorecard, scores: readonly Score[]): Schema<"ReviewTotalView"> {
  const given = new Map(scores.map((score) => [score.item_id, score.points ?? 0]));
  const most = scorecard.items.reduce((sum, item) => sum + item.points, 0);
  const points = scorecard.items.reduce((sum, item) => sum + (given.get(item.id) ?? 0), 0);
  const failed = scorecard.items.filter((item) => item.critical && !given.get(item.id));
  const share = most === 0 ? 0 : points / most;
  return {
    points,
    most,
    share,
    passed: failed.length === 0 && share >= scorecard.pass_share - 1e-9,
    failed_by: failed.map(({ id }) => id),
  };
}

/** Items that nobody has given points yet, in their order. */
export function unanswered(review: Review): Item[] {
  const open = new Set(
    review.scores.filter(({ points }) => points === null).map(({ item_id }) => item_id),
  );
  return review.scorecard.items.filter(({ id }) => open.has(id));
}
