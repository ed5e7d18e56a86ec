import {
  ChevronLeft,
  ChevronRight,
  LocateFixed,
  Pause,
  Play,
  RotateCcw,
  RotateCw,
  Volume2,
  VolumeX,
  ZoomIn,
  ZoomOut,
} from "lucide-react";
import { Button } from "../../../kit/Button";
import { Select, Switch } from "../../../kit/Field";
import { useFormat } from "../../../kit/format";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import styles from "./Player.module.css";
import { RATES, type Transport, usePlayback } from "./transport";
import type { Following } from "./useFollowing";
import { closer, MAX_ZOOM, SKIP_S, wider } from "./useKeys";
import type { Player } from "./usePlayer";

/** What can be done with the sound; each has a key, listed under `?`. */
export function Controls({
  player: { transport, stepFinding },
  zoom,
  onZoom,
  following,
}: {
  player: Player;
  zoom: number;
  onZoom(change: (zoom: number) => number): void;
  following: Following;
}) {
  const t = useText(reviewText);
  const isPlaying = usePlayback(transport, (playback) => playback.isPlaying);
  return (
    <div className={styles.controls}>
      <div className={styles.group}>
        <Button icon={RotateCcw} iconOnly look="quiet" onPress={() => transport.skip(-SKIP_S)}>
          {t("back5")}
        </Button>
        <Button
          icon={isPlaying ? Pause : Play}
          iconOnly
          look="primary"
          onPress={() => transport.toggle()}
        >
          {t(isPlaying ? "pause" : "play")}
        </Button>
        <Button icon={RotateCw} iconOnly look="quiet" onPress={() => transport.skip(SKIP_S)}>
          {t("forward5")}
        </Button>
        <Clock transport={transport} />
      </div>
      <div className={styles.group}>
        <Button icon={ChevronLeft} iconOnly look="quiet" onPress={() => stepFinding(-1)}>
          {t("findingBefore")}
        </Button>
        <span className={styles.hush}>{t("findings")}</span>
        <Button icon={ChevronRight} iconOnly look="quiet" onPress={() => stepFinding(1)}>
          {t("findingNext")}
        </Button>
      </div>
      <Hearing transport={transport} />
      <div className={`${styles.group} ${styles.zoom}`}>
        {zoom > 1 && !following.follows && (
          <Button icon={LocateFixed} hint="f" onPress={following.follow}>
            {t("followWave")}
          </Button>
        )}
        <Button
          icon={ZoomOut}
          iconOnly
          look="quiet"
          isDisabled={zoom === 1}
          onPress={() => onZoom(wider)}
        >
          {t("zoomOut")}
        </Button>
        <Button
          icon={ZoomIn}
          iconOnly
          look="quiet"
          isDisabled={zoom === MAX_ZOOM}
          onPress={() => onZoom(closer)}
        >
          {t("zoomIn")}
        </Button>
      </div>
    </div>
  );
}

function Clock({ transport }: { transport: Transport }) {
  const format = useFormat();
  const second = usePlayback(transport, (playback) => Math.floor(playback.timeS));
  const durationS = usePlayback(transport, (playback) => playback.durationS);
  return (
    <span className={styles.clock}>
      {format.clock(second)} <span className={styles.hush}>/ {format.clock(durationS)}</span>
    </span>
  );
}

/** Which side is heard, how fast, with or without silences. */
function Hearing({ transport }: { transport: Transport }) {
  const t = useText(reviewText);
  const format = useFormat();
  const rate = usePlayback(transport, (playback) => playback.rate);
  const heard = usePlayback(transport, (playback) => playback.heard);
  const isMuted = usePlayback(transport, (playback) => playback.isMuted);
  const skipsSilence = usePlayback(transport, (playback) => playback.skipsSilence);
  return (
    <div className={styles.group}>
      <Button
        icon={isMuted ? VolumeX : Volume2}
        iconOnly
        look="quiet"
        onPress={() => transport.setMuted(!isMuted)}
      >
        {t(isMuted ? "unmute" : "mute")}
      </Button>
      <div className={styles.select}>
        <Select
          label={t("speed")}
          hideLabel
          value={String(rate)}
          options={RATES.map((one) => ({ id: String(one), text: `${format.number(one, 2)}×` }))}
          onChange={(id) => transport.setRate(Number(id))}
        />
      </div>
      <div className={styles.select}>
        <Select
          label={t("heard")}
          hideLabel
          value={heard}
          options={[
            { id: "both", text: t("bothSides") },
            { id: "customer", text: t("customer") },
            { id: "manager", text: t("manager") },
          ]}
          onChange={(side) => transport.hear(side)}
        />
      </div>
      <Switch
        label={t("skipSilence")}
        isSelected={skipsSilence}
        onChange={(on) => transport.setSkipsSilence(on)}
      />
    </div>
  );
}
