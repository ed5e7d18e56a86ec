import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import { useRequestKey } from "../../../kit/useRequestKey";
import { keys, type Review, type Side } from "../queries";
import { type Given, withPoints } from "./points";

/** What was typed or chosen for a comment. */
export interface Remark {
  text: string;
  atS: number | null;
  side: Side | null;
  itemId: string | null;
}

/** What can be done to a review. Points are shown at once, and taken back where they are refused. */
export function useReviewing(review: Review) {
  const queries = useQueryClient();
  const key = keys.review(review.id);
  const params = { path: { review_id: review.id } };
  const ifMatch = { header: { "if-match": `"${review.revision}"` } };
  // One after the other: each change raises the revision.
  const scope = { id: `review ${review.id}` };
  const pointsKey = ["points", review.id];
  const took = (changed: Review): void => {
    queries.setQueryData(key, changed);
    void queries.invalidateQueries({ queryKey: ["reviews"] });
  };

  const give = useMutation({
    mutationKey: pointsKey,
    scope,
    mutationFn: (given: Given) =>
      dataOf(
        api.PUT("/v1/reviews/{review_id}/score", {
          params,
          body: { scores: scoresOf([given]), finish: false },
        }),
      ),
    onMutate: (given) => {
      const before = queries.getQueryData<Review>(key);
      queries.setQueryData<Review>(key, (now) => now && withPoints(now, [given]));
      return { before };
    },
    onError: (_problem, _given, context) => queries.setQueryData(key, context?.before),
    onSuccess: (changed) => {
      // An answer that is older than the last key pressed would take its points back for a moment.
      if (queries.isMutating({ mutationKey: pointsKey }) <= 1) queries.setQueryData(key, changed);
    },
  });

  const finish = useMutation({
    scope,
    mutationFn: (summary: string) =>
      dataOf(
        api.PUT("/v1/reviews/{review_id}/score", {
          params,
          body: { scores: {}, summary, finish: true },
        }),
      ),
    onSuccess: took,
  });

  const remark = useRequestKey();
  const comment = useMutation({
    scope,
    mutationFn: ({ text, atS, side, itemId }: Remark) => {
      const body = { text, at_s: atS, channel: side, item_id: itemId };
      const header = remark.headerFor(body);
      return dataOf(
        api.POST("/v1/reviews/{review_id}/comments", { params: { ...params, header }, body }),
      );
    },
    onSuccess: (review) => {
      remark.renew();
      took(review);
    },
  });

  const appeal = useMutation({
    mutationFn: ({ text, items }: { text: string; items: Record<string, string> }) =>
      dataOf(
        api.POST("/v1/reviews/{review_id}/appeal", {
          params: { ...params, ...ifMatch },
          body: { text, items },
        }),
      ),
    onSuccess: took,
  });

  const decide = useMutation({
    mutationFn: ({ text, given }: { text: string; given: readonly Given[] }) =>
      dataOf(
        api.POST("/v1/reviews/{review_id}/decide", {
          params: { ...params, ...ifMatch },
          body: { text, scores: scoresOf(given) },
        }),
      ),
    onSuccess: took,
  });

  const close = useMutation({
    mutationFn: () =>
      dataOf(api.POST("/v1/reviews/{review_id}/final", { params: { ...params, ...ifMatch } })),
    onSuccess: took,
  });

  return { give, finish, comment, appeal, decide, close };
}

/** Answers as the API takes them, by item. */
function scoresOf(given: readonly Given[]): Record<string, Schema<"GivenPoints">> {
  return Object.fromEntries(
    given.map(({ itemId, points, reason, notApplicable }) => [
      itemId,
      { points, reason, not_applicable: notApplicable },
    ]),
  );
}

export type Reviewing = ReturnType<typeof useReviewing>;

/** Take the next review that waits: one's own first, then the oldest open one; null: none. */
export async function takeNext(sampleId: string | null): Promise<Review | null> {
  const { data } = await api.POST("/v1/reviews/take", { body: { sample_id: sampleId } });
  return data ?? null;
}
