import { useQuery } from "@tanstack/react-query";
import { useParams, useSearchParams } from "react-router";
import { useManagers } from "../../api/directory";
import { problemFrom } from "../../api/problem";
import { useFormat } from "../../kit/format";
import { Page } from "../../kit/Page";
import { Failed, Skeleton } from "../../kit/States";
import { useIsPhone } from "../../kit/useMedia";
import { reviewText } from "../../text/review";
import { useText } from "../../text/words";
import { Player } from "./player/Player";
import { usePlayer } from "./player/usePlayer";
import {
  type Finding,
  findingsQuery,
  type Recording,
  recordingQuery,
  type Segment,
  transcriptQuery,
} from "./queries";
import { NoSound } from "./record/NoSound";
import styles from "./record/Record.module.css";
import { RecordingActions } from "./record/RecordingActions";
import { SideTabs } from "./record/SideTabs";
import { TranscriptPart } from "./record/TranscriptPart";

/** A recording to hear, read and judge. */
export default function RecordingPage() {
  const { recordingId = "" } = useParams();
  const t = useText(reviewText);
  const recording = useQuery(recordingQuery(recordingId));
  const problem = problemFrom(recording.error);
  if (recording.data !== undefined) {
    return <Loaded key={recordingId} recording={recording.data} />;
  }
  return (
    <Page title={t("recording")}>
      {problem === null ? (
        <Skeleton rows={4} height="8rem" />
      ) : (
        <Failed problem={problem} onRetry={() => void recording.refetch()} />
      )}
    </Page>
  );
}

const NO_SEGMENTS: readonly Segment[] = [];
const NO_FINDINGS: readonly Finding[] = [];

function Loaded({ recording }: { recording: Recording }) {
  const t = useText(reviewText);
  const format = useFormat();
  const managers = useManagers();
  const [search] = useSearchParams();
  const isPhone = useIsPhone();
  const isHeard = recording.status === "completed";
  const transcript = useQuery({ ...transcriptQuery(recording.id), enabled: isHeard });
  const found = useQuery(findingsQuery(recording.id));
  const findings = found.data?.items ?? NO_FINDINGS;
  const player = usePlayer(recording, transcript.data?.segments ?? NO_SEGMENTS, findings);
  const text = <TranscriptPart transcript={transcript} findings={findings} player={player} />;
  return (
    <Page
      fills
      title={t("recording")}
      detail={[
        managers.nameOf(recording.manager_id),
        format.dateTime(recording.started_at ?? recording.created_at),
        format.clock(recording.duration_s),
      ].join(" · ")}
      actions={<RecordingActions recording={recording} />}
    >
      <div className={styles.layout}>
        <div className={styles.main}>
          {isHeard ? (
            <Player recording={recording} findings={findings} player={player} />
          ) : (
            <NoSound recording={recording} />
          )}
          {!isPhone && isHeard && text}
        </div>
        <aside className={styles.aside}>
          <SideTabs
            recording={recording}
            findings={findings}
            player={player}
            reviewId={search.get("review")}
            text={isPhone && isHeard ? text : null}
          />
        </aside>
      </div>
    </Page>
  );
}
