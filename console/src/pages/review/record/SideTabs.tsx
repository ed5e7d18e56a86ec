import { type ReactNode, useState } from "react";
import { useMay } from "../../../api/session";
import { type TabOf, Tabs } from "../../../kit/Tabs";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import type { Player } from "../player/usePlayer";
import type { Finding, Recording } from "../queries";
import { isFault } from "../useFindingText";
import { FindingsPanel } from "./FindingsPanel";
import { InfoPanel } from "./InfoPanel";
import { ReviewPart } from "./ReviewPart";

type Tab = "text" | "review" | "findings" | "info";

/** Beside the player: scorecard, findings, facts; on a phone the transcript as well. */
export function SideTabs({
  recording,
  findings,
  player,
  reviewId,
  text,
}: {
  recording: Recording;
  findings: readonly Finding[];
  player: Player;
  reviewId: string | null;
  text: ReactNode;
}) {
  const t = useText(reviewText);
  const mayReview = useMay("reviews.read");
  const [chosen, setChosen] = useState<Tab>(reviewId !== null ? "review" : "findings");
  const tabs: TabOf<Tab>[] = [
    {
      id: "findings",
      text: t("findings"),
      count: findings.filter(isFault).length,
      content: <FindingsPanel recording={recording} findings={findings} player={player} />,
    },
    { id: "info", text: t("facts"), content: <InfoPanel recording={recording} /> },
  ];
  if (mayReview) {
    tabs.unshift({
      id: "review",
      text: t("score"),
      content: (
        <ReviewPart recording={recording} reviewId={reviewId} findings={findings} player={player} />
      ),
    });
  }
  if (text !== null) tabs.unshift({ id: "text", text: t("transcript"), content: text });
  const value = tabs.some(({ id }) => id === chosen) ? chosen : "findings";
  return <Tabs<Tab> label={t("recording")} tabs={tabs} value={value} onChange={setChosen} />;
}
