import { api, dataOf } from "../../../api/client";
import { type Pages, usePages } from "../../../api/pages";
import { keys, type Review } from "../queries";

/** Which reviews a list shows; what is left out does not filter. */
export interface ReviewFilter {
  state?: Review["state"];
  reviewer?: string;
  manager_id?: string;
  sample_id?: string;
}

/** Reviews, the newest first, read as they are scrolled. */
export function useReviewList(filter: ReviewFilter): Pages<Review> {
  return usePages<Review>(keys.reviews(filter), (cursor, signal) =>
    dataOf(
      api.GET("/v1/reviews", {
        params: { query: { ...filter, limit: 100, ...(cursor && { cursor }) } },
        signal,
      }),
    ),
  );
}
