import { useQuery } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import { problemFrom } from "../../../api/problem";
import { ProblemNote, Skeleton } from "../../../kit/States";
import { playerText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { keys } from "../keys";
import styles from "./Player.module.css";

export interface TranscriptTextProps {
  recordingId: string;
  /** Where the sound is, in seconds. */
  at: number;
  onSeek(to: number): void;
}

/** What was said, by whom; what is said now is marked, and pressing it goes there. */
export function TranscriptText({ recordingId, at, onSeek }: TranscriptTextProps) {
  const t = useText(playerText);
  const { data, error } = useTranscript(recordingId);
  const problem = problemFrom(error);
  if (problem !== null && problem.status !== 404) return <ProblemNote problem={problem} />;
  if (data === undefined && problem === null) return <Skeleton rows={2} />;
  const isUnderWay = data?.status === "queued" || data?.status === "running";
  if (data == null || data.segments.length === 0) {
    return <p className={styles.text}>{isUnderWay ? t("waiting") : t("noTranscript")}</p>;
  }
  return (
    <div className={styles.text}>
      {data.segments.map(({ channel, start_s, end_s, text }) => (
        <button
          key={`${channel} ${start_s}`}
          type="button"
          className={styles.said}
          aria-current={at >= start_s && at < end_s}
          onClick={() => onSeek(start_s)}
        >
          <span className={styles.side}>
            {channel === "manager" ? t("manager") : t("customer")}
          </span>
          <span>{text}</span>
        </button>
      ))}
    </div>
  );
}

function useTranscript(recordingId: string) {
  return useQuery({
    queryKey: keys.transcript(recordingId),
    queryFn: async ({ signal }): Promise<Schema<"TranscriptView"> | null> => {
      const params = { path: { recording_id: recordingId } };
      const answer = api.GET("/v1/recordings/{recording_id}/transcript", { params, signal });
      const found: unknown = await dataOf(answer);
      return isTranscript(found) ? found : null;
    },
  });
}

/** The same address answers WebVTT and plain text, where that is asked for. */
function isTranscript(found: unknown): found is Schema<"TranscriptView"> {
  return typeof found === "object" && found !== null && "segments" in found;
}
