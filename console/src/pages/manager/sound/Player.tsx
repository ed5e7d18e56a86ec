import { useQuery } from "@tanstack/react-query";
import { AudioLines, Pause, Play } from "lucide-react";
import { useId, useRef, useState } from "react";
import { api, dataOf } from "../../../api/client";
import { Button } from "../../../kit/Button";
import { playerText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { keys } from "../keys";
import { useZoned } from "../useMe";
import styles from "./Player.module.css";
import { barsOf, pathOf, secondsOf } from "./peaks";
import { TranscriptText } from "./TranscriptText";

/** As many bars as the small wave form has. */
const POINTS = 90;

/** Hear a recording where one stands: play, go to a place, read what was said. */
export function Player({ recordingId }: { recordingId: string }) {
  const t = useText(playerText);
  const format = useZoned();
  const audio = useRef<HTMLAudioElement>(null);
  const [isPlaying, setIsPlaying] = useState(false);
  const [isBroken, setIsBroken] = useState(false);
  const [at, setAt] = useState(0);
  const [heard, setHeard] = useState(0);
  const [hasText, setHasText] = useState(false);
  const peaks = usePeaks(recordingId);
  // The sound itself is fetched when it is played, so that only what was heard is noted as heard.
  const length = heard || (peaks?.seconds ?? 0);
  const toggle = (): void => {
    const player = audio.current;
    if (player === null) return;
    if (!player.paused) {
      player.pause();
      return;
    }
    pauseOthers(player);
    setIsBroken(false);
    player.play().catch((fault: unknown) => {
      // Who pauses before it has begun gives it up, and nothing is wrong with it.
      if (!(fault instanceof DOMException && fault.name === "AbortError")) setIsBroken(true);
    });
  };
  const seek = (to: number): void => {
    if (audio.current !== null) audio.current.currentTime = to;
    setAt(to);
  };
  const source = `/v1/recordings/${recordingId}/audio`;
  return (
    <div className={styles.player}>
      <div className={styles.bar}>
        <Button icon={isPlaying ? Pause : Play} iconOnly onPress={toggle}>
          {isPlaying ? t("pause") : t("play")}
        </Button>
        <div className={styles.wave}>
          <Wave bars={peaks?.bars} share={length > 0 ? at / length : 0} />
          <input
            type="range"
            className={styles.seek}
            aria-label={t("seek")}
            aria-valuetext={format.clock(at)}
            min={0}
            max={Math.max(length, 0.1)}
            step={0.1}
            value={at}
            onChange={(event) => seek(Number(event.currentTarget.value))}
          />
        </div>
        <span className={styles.time}>
          {format.clock(at)} / {format.clock(length)}
        </span>
        <Button
          icon={AudioLines}
          iconOnly
          look="quiet"
          aria-expanded={hasText}
          onPress={() => setHasText(!hasText)}
        >
          {hasText ? t("hideTranscript") : t("transcript")}
        </Button>
      </div>
      {isBroken && <p role="alert">{t("broken")}</p>}
      {/* biome-ignore lint/a11y/useMediaCaption: the transcript stands below */}
      <audio
        ref={audio}
        preload="none"
        onPlay={() => setIsPlaying(true)}
        onPause={() => setIsPlaying(false)}
        onTimeUpdate={(event) => setAt(event.currentTarget.currentTime)}
        onDurationChange={(event) => setHeard(finite(event.currentTarget.duration))}
      >
        {/* Of the copies for listening a node makes one: what it has not is passed over. */}
        <source src={`${source}?format=opus`} type="audio/ogg; codecs=opus" />
        <source src={`${source}?format=mp3`} type="audio/mpeg" />
        <source src={`${source}?format=wav`} type="audio/wav" onError={() => setIsBroken(true)} />
      </audio>
      {hasText && <TranscriptText recordingId={recordingId} at={at} onSeek={seek} />}
    </div>
  );
}

function finite(seconds: number): number {
  return Number.isFinite(seconds) ? seconds : 0;
}

/** One talk is heard at a time. */
function pauseOthers(player: HTMLAudioElement): void {
  for (const other of document.querySelectorAll("audio")) if (other !== player) other.pause();
}

function usePeaks(recordingId: string) {
  const { data } = useQuery({
    queryKey: keys.peaks(recordingId),
    queryFn: async ({ signal }) => {
      const params = { path: { recording_id: recordingId }, query: { points: POINTS } };
      const peaks = await dataOf(
        api.GET("/v1/recordings/{recording_id}/peaks", { params, signal }),
      );
      return { bars: barsOf(peaks), seconds: secondsOf(peaks) };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data;
}

function Wave({ bars, share }: { bars: readonly number[] | undefined; share: number }) {
  const clip = useId();
  if (bars === undefined) return <div className={styles.noWave} />;
  const path = pathOf(bars);
  return (
    <svg
      className={styles.bars}
      viewBox={`0 0 ${bars.length} 100`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <clipPath id={clip}>
        <rect width={bars.length * share} height="100" />
      </clipPath>
      <path d={path} className={styles.ahead} />
      <path d={path} className={styles.played} clipPath={`url(#${clip})`} />
    </svg>
  );
}
