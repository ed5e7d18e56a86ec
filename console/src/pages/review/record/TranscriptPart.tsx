import type { UseQueryResult } from "@tanstack/react-query";
import { FileText } from "lucide-react";
import { problemFrom } from "../../../api/problem";
import { useFormat } from "../../../kit/format";
import { Empty, Failed, Skeleton } from "../../../kit/States";
import { useCode } from "../../../text/codes";
import { workFailures } from "../../../text/reasons";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import type { Player } from "../player/usePlayer";
import type { Finding, Transcript as TranscriptRecord } from "../queries";
import { Transcript } from "../transcript/Transcript";

/** The transcript, or why there is none yet. */
export function TranscriptPart({
  transcript,
  findings,
  player,
}: {
  transcript: UseQueryResult<TranscriptRecord>;
  findings: readonly Finding[];
  player: Player;
}) {
  const t = useText(reviewText);
  const failure = useCode(workFailures);
  const format = useFormat();
  const problem = problemFrom(transcript.error);
  if (problem !== null && problem.status !== 404) {
    return <Failed problem={problem} onRetry={() => void transcript.refetch()} />;
  }
  if (transcript.isPending) return <Skeleton rows={6} height="3.5rem" />;
  const { data } = transcript;
  if (data === undefined || data.status === "none") {
    return (
      <Empty icon={FileText} title={t("noTranscript")}>
        {t("noTranscriptDetail")}
      </Empty>
    );
  }
  if (data.status === "failed") {
    return (
      <Empty icon={FileText} title={t("transcriptFailed")}>
        {failure(data.failure)}
      </Empty>
    );
  }
  if (data.status !== "completed") {
    return (
      <Empty icon={FileText} title={t("transcriptUnderWay")}>
        {format.percent(data.progress)}
      </Empty>
    );
  }
  if (data.segments.length === 0) return <Empty icon={FileText} title={t("nobodySpoke")} />;
  return <Transcript segments={data.segments} findings={findings} player={player} />;
}
