import type { Who } from "../../../api/session";
import type { Review } from "../queries";

/** What whoever is logged in may do with a review now; the API has the last word. */
export interface Rights {
  /** Give points: it is mine and not scored. */
  scores: boolean;
  comments: boolean;
  appeals: boolean;
  decides: boolean;
  closes: boolean;
  /** It is of a call of my own: nobody judges that. */
  isOwnCall: boolean;
}

export function rightsOf(review: Review, who: Who): Rights {
  const may = (permission: string): boolean => who.permissions.includes(permission);
  const isMine = review.reviewer === who.principal;
  const isOwnCall = who.scope.manager_id !== null && who.scope.manager_id === review.manager_id;
  const isJudged = ["scored", "appealed", "decided"].includes(review.state);
  return {
    scores:
      isMine &&
      !isOwnCall &&
      may("reviews.score") &&
      (review.state === "assigned" || review.state === "in_progress"),
    comments: review.state !== "final" && (isOwnCall ? isJudged : isMine),
    appeals: isOwnCall && may("reviews.appeal") && review.state === "scored",
    decides: !isMine && !isOwnCall && may("reviews.score") && review.state === "appealed",
    closes:
      !isOwnCall &&
      may("reviews.assign") &&
      (review.state === "decided" || review.state === "scored"),
    isOwnCall,
  };
}
