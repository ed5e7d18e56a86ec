import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { problemFrom } from "../../../api/problem";
import { Failed, Skeleton } from "../../../kit/States";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import { type Finding, peaksQuery, type Recording } from "../queries";
import { isFault } from "../useFindingText";
import { Controls } from "./Controls";
import { Gaps, Marks } from "./Marks";
import styles from "./Player.module.css";
import { waveOf } from "./peaks";
import { SpanBar } from "./SpanBar";
import { usePlayback } from "./transport";
import { useFollowing } from "./useFollowing";
import { useKeys } from "./useKeys";
import type { Player as PlayerState } from "./usePlayer";
import { WaveForm } from "./WaveForm";
import { WaveStage } from "./WaveStage";

export interface PlayerProps {
  recording: Recording;
  findings: readonly Finding[];
  player: PlayerState;
}

/** The wave form of both sides with what was found, and what can be done with the sound. */
export function Player({ recording, findings, player }: PlayerProps) {
  const t = useText(reviewText);
  const { transport, span, setSpan } = player;
  const peaks = useQuery(peaksQuery(recording.id));
  const wave = useMemo(() => (peaks.data ? waveOf(peaks.data) : null), [peaks.data]);
  const isBroken = usePlayback(transport, (playback) => playback.isBroken);
  const [zoom, setZoom] = useState(1);
  const [isHeld, setHeld] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const following = useFollowing(frame, transport, zoom, isHeld);
  const durationS = recording.duration_s ?? 0;
  const pins = useMemo(() => findings.filter(isFault), [findings]);
  const problem = problemFrom(peaks.error);
  useKeys(player, setZoom, following.follow);
  return (
    <section className={styles.player} aria-label={t("player")}>
      <div className={styles.board}>
        <div className={styles.sides} aria-hidden>
          <span>{t("customer")}</span>
          <span>{t("manager")}</span>
        </div>
        {problem !== null && problem.status !== 404 ? (
          <Failed problem={problem} onRetry={() => void peaks.refetch()} />
        ) : (
          <WaveStage
            transport={transport}
            span={span}
            onSpan={setSpan}
            zoom={zoom}
            frame={frame}
            onHold={setHeld}
            above={
              <Marks
                findings={pins}
                durationS={durationS}
                currentId={player.findingId}
                onOpen={player.openFinding}
              />
            }
          >
            {wave === null ? (
              <div className={styles.wave}>
                {peaks.isPending && <Skeleton rows={1} height="8rem" />}
              </div>
            ) : (
              <WaveForm wave={wave} durationS={durationS} transport={transport} />
            )}
            <Gaps recording={recording} durationS={durationS} />
          </WaveStage>
        )}
      </div>
      <Controls player={player} zoom={zoom} onZoom={setZoom} following={following} />
      {isBroken && (
        <p role="alert" className={styles.broken}>
          {t("soundBroken")}
        </p>
      )}
      {span !== null && <SpanBar recording={recording} player={player} span={span} />}
    </section>
  );
}
