import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import { useMay } from "../../../api/session";
import { keys } from "../queries";

export type Reviewer = Schema<"ReviewerView">;

/** Whom reviews may be given to; a node has a few dozen. */
export const reviewersQuery = queryOptions({
  queryKey: keys.reviewers,
  queryFn: ({ signal }) =>
    dataOf(api.GET("/v1/reviewers", { params: { query: { limit: 200 } }, signal })),
});

/** Names of reviewers by their ids, for whoever may give reviews; null: no names are told. */
export function useReviewerNames(): ((id: string | null) => string) | null {
  const mayGive = useMay("reviews.assign");
  const { data } = useQuery({ ...reviewersQuery, enabled: mayGive });
  if (!mayGive) return null;
  return (id) => (id === null ? "–" : (data?.items.find((one) => one.id === id)?.name ?? "…"));
}

/** Reviewers in the order in which they are offered: people first, then whoever has least to do. */
export function offered(reviewers: readonly Reviewer[]): Reviewer[] {
  const rank = ({ role, kind }: Reviewer): number =>
    (kind === "key" ? 2 : 0) + (role === "qa_reviewer" ? 0 : 1);
  return [...reviewers].sort(
    (a, b) => rank(a) - rank(b) || a.waiting - b.waiting || a.name.localeCompare(b.name),
  );
}
