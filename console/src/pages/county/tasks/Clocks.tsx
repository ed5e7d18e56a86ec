import type { Schema } from "../../../api/client";
import { useFormat } from "../../../kit/format";
import { Badge, type Tone } from "../../../kit/States";
import { countyText } from "../../../text/county";
import { useText } from "../../../text/words";
import { type Clock, clocksOf } from "./clock";
import styles from "./tasks.module.css";

const TONES: Record<Clock["state"], Tone> = {
  kept: "good",
  waits: "neutral",
  near: "warn",
  late: "bad",
};

/** The times that are watched, and what superiors were told of those that have passed. */
export function Clocks({ task, zone }: { task: Schema<"TaskView">; zone: string }) {
  const t = useText(countyText);
  const format = useFormat(zone);
  const clocks = clocksOf(task, Date.now());
  if (clocks.length === 0) return null;
  return (
    <section>
      <h3>{t("times")}</h3>
      <ul>
        {clocks.map(({ of, by, state }) => (
          <li key={of} className={styles.line}>
            <span>{t(`by_${of}`)}</span>
            <span>
              {format.dateTime(by)} <Badge tone={TONES[state]}>{t(`clock_${state}`)}</Badge>
            </span>
          </li>
        ))}
        {task.escalations.map(({ at, of, why }) => (
          <li key={`${of} ${at}`} className={styles.line}>
            <span>{t("toldSuperiors", { of: t(`by_${of}`) })}</span>
            <span>
              {format.dateTime(at)} · {t(`why_${why}`)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
