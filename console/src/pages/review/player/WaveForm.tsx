import { useEffect, useRef } from "react";
import WaveSurfer from "wavesurfer.js";
import styles from "./Player.module.css";
import { raised, type Wave } from "./peaks";
import type { Transport } from "./transport";
import { useTokens } from "./useTokens";

/** Pixels of each side's lane. The page's policy knows the library's styles with this height. */
export const LANE_PX = 64;
const TOKENS = ["series-1", "series-2", "surface-3", "line-strong", "ink"] as const;

/** Both sides above one another; drawn from peaks, so that no sound is decoded for it. */
export function WaveForm({
  wave: [customer, manager],
  durationS,
  transport,
}: {
  wave: Wave;
  durationS: number;
  transport: Transport;
}) {
  const box = useRef<HTMLDivElement>(null);
  const colours = useTokens(TOKENS);
  useEffect(() => {
    if (box.current === null) return undefined;
    const drawn = WaveSurfer.create({
      container: box.current,
      peaks: [raised(customer), raised(manager)],
      duration: durationS,
      height: LANE_PX,
      splitChannels: [
        { waveColor: colours["line-strong"], progressColor: colours["series-1"] },
        { waveColor: colours["line-strong"], progressColor: colours["series-2"] },
      ],
      barWidth: 2,
      barGap: 1,
      barRadius: 2,
      cursorColor: colours.ink,
      cursorWidth: 2,
      interact: false,
      hideScrollbar: true,
    });
    // It only draws: the transport alone has the sound, so that drawing anew never stops it.
    const follow = (): void => drawn.setTime(transport.state.timeS);
    const unsubscribe = transport.subscribe(follow);
    drawn.on("redrawcomplete", follow);
    return () => {
      unsubscribe();
      drawn.destroy();
    };
  }, [customer, manager, durationS, transport, colours]);
  return <div ref={box} className={styles.wave} aria-hidden />;
}
