import { AudioLines, ClipboardCheck, ListChecks, ScrollText } from "lucide-react";
import type { Who } from "../../api/session";
import type { Area } from "../../app/areas";
import { areaNames, pages } from "../../text/pages";
import { textOf } from "../../text/words";

/** Scripts and scorecards are for those who make them; others see what came of them. */
const makesRules = (who: Who): boolean => who.permissions.includes("quality.write");

export const review: Area = {
  name: "review",
  title: () => textOf(areaNames, "review"),
  routes: [
    {
      path: "recordings",
      load: () => import("./RecordingsPage"),
      isFor: (who) => who.permissions.includes("recordings.read"),
      link: {
        text: () => textOf(pages, "recordings"),
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
    {
      path: "reviews",
      load: () => import("./ReviewsPage"),
      isFor: (who) => who.permissions.includes("reviews.read"),
      link: {
        text: () => textOf(pages, "reviews"),
        icon: ClipboardCheck,
        key: "v",
        onPhone: true,
      },
    },
    {
      path: "samples/:sampleId",
      load: () => import("./SamplePage"),
      isFor: (who) => who.permissions.includes("quality.read"),
    },
    {
      path: "scripts",
      load: () => import("./ScriptsPage"),
      isFor: makesRules,
      link: { text: () => textOf(pages, "scripts"), icon: ScrollText, key: "s" },
    },
    { path: "scripts/:scriptId", load: () => import("./ScriptPage"), isFor: makesRules },
    {
      path: "scorecards",
      load: () => import("./ScorecardsPage"),
      isFor: makesRules,
      link: { text: () => textOf(pages, "scorecards"), icon: ListChecks, key: "g" },
    },
    { path: "scorecards/:scorecardId", load: () => import("./ScorecardPage"), isFor: makesRules },
  ],
};
