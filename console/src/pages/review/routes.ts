import { AudioLines } from "lucide-react";
import type { Area } from "../../app/areas";
import { reviewText } from "../../text/review";
import { textOf } from "../../text/words";

export const review: Area = {
  name: "review",
  title: () => textOf(reviewText, "area"),
  routes: [
    {
      path: "recordings",
      load: () => import("./RecordingsPage"),
      isFor: (who) => who.permissions.includes("recordings.read"),
      link: {
        text: () => textOf(reviewText, "recordings"),
        icon: AudioLines,
        key: "r",
        onPhone: true,
      },
    },
    {
      path: "recordings/:recordingId",
      load: () => import("./RecordingPage"),
      isFor: (who) => who.permissions.includes("recordings.read"),
    },
  ],
};
