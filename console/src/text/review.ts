import { words } from "./words";

/** Words of the area "review". */
export const reviewText = words("review", {
  area: ["质检", "Review"],
  recordings: ["录音", "Recordings"],
});
