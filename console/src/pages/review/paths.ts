import type { Review } from "./queries";

/** Where a review is done: on the page of its recording. */
export function pathOf({ id, recording_id }: Pick<Review, "id" | "recording_id">): string {
  return `/recordings/${encodeURIComponent(recording_id)}?review=${encodeURIComponent(id)}`;
}
