import type { Schema } from "../../../../api/client";
import { useFormat } from "../../../../kit/format";
import { systemText } from "../../../../text/system";
import { useText } from "../../../../text/words";
import styles from "./system.module.css";
import { Bar, Tile } from "./Tile";
import { useTrend } from "./useTrend";

type System = Schema<"SystemView">;

/** Below this share of the disk its room is shown as scarce. */
const SCARCE = 0.1;

/** Calls the trunks take together; null where one of them has no limit. */
export function placesOf(trunks: readonly { max_calls: number }[]): number | null {
  if (trunks.some((trunk) => trunk.max_calls === 0)) return null;
  return trunks.reduce((sum, trunk) => sum + trunk.max_calls, 0);
}

/** The figures that are looked at first. */
export function Tiles({ system }: { system: System }) {
  const t = useText(systemText);
  const format = useFormat();
  const waiting =
    system.recordings_backlog + system.queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const calls = useTrend(system.live_calls, system.now);
  const work = useTrend(waiting, system.now);
  const places = placesOf(system.trunks);
  const total = system.recording_total_bytes;
  const free = total > 0 ? system.recording_free_bytes / total : 1;
  return (
    <div className={styles.tiles}>
      <Tile
        title={t("liveCalls")}
        value={format.number(system.live_calls)}
        detail={places === null ? t("noLimit") : t("ofPlaces", { count: places })}
        trend={calls}
      />
      <Tile
        title={t("waiting")}
        value={format.number(waiting)}
        detail={t("waitingDetail")}
        trend={work}
      />
      <Tile
        title={t("disk")}
        value={format.bytes(system.recording_free_bytes)}
        detail={total > 0 ? t("ofBytes", { total: format.bytes(total) }) : ""}
      >
        <Bar share={free} label={t("disk")} isScarce={free < SCARCE} />
      </Tile>
      <Tile
        title={t("workers")}
        value={format.number(system.media_workers)}
        detail={t("workersDetail")}
      />
    </div>
  );
}
