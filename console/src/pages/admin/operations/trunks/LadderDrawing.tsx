import { GridList, GridListItem } from "react-aria-components";
import { systemText } from "../../../../text/system";
import { type Translate, useText } from "../../../../text/words";
import { type Ladder, type Lane, type Message, placeOf, type Step } from "./ladder";
import styles from "./trunks.module.css";

/** A row's drawing, in pixels; its width is the page's. */
const HEIGHT = 44;
const ARROW_Y = 30;
const HEAD = 9;

/** The ladder: a row a message, its arrow between two lanes; arrow keys go through the rows. */
export function LadderDrawing({
  ladder: { lanes, steps },
  onOpen,
}: {
  ladder: Ladder;
  onOpen(message: Message): void;
}) {
  const t = useText(systemText);
  return (
    <div>
      <div className={styles.lanes} aria-hidden>
        <span />
        <div className={styles.heads}>
          {lanes.map((lane) => (
            <span key={lane.leg ?? "gateway"}>{laneText(lane, t)}</span>
          ))}
        </div>
      </div>
      <GridList
        aria-label={t("ladder")}
        className={styles.ladder}
        onAction={(key) => {
          const step = steps[Number(key)];
          if (step !== undefined) onOpen(step.message);
        }}
      >
        {steps.map((step, place) => (
          <GridListItem
            // biome-ignore lint/suspicious/noArrayIndexKey: messages stay where they are
            key={place}
            id={String(place)}
            textValue={stepText(step, lanes, t)}
            className={styles.step}
          >
            <span className={styles.at}>{afterText(step.afterMs)}</span>
            <Arrow step={step} lanes={lanes.length} />
          </GridListItem>
        ))}
      </GridList>
    </div>
  );
}

function Arrow({ step: { from, to, message, isFailure }, lanes }: { step: Step; lanes: number }) {
  const [start, end] = [placeOf(from, lanes) * 100, placeOf(to, lanes) * 100];
  const sign = end > start ? 1 : -1;
  return (
    <svg className={`${styles.drawing} ${isFailure ? styles.failed : ""}`} aria-hidden>
      {Array.from({ length: lanes }, (_, lane) => {
        const x = `${placeOf(lane, lanes) * 100}%`;
        return <line key={x} className={styles.lane} x1={x} x2={x} y1={0} y2={HEIGHT} />;
      })}
      <line className={styles.arrow} x1={`${start}%`} x2={`${end}%`} y1={ARROW_Y} y2={ARROW_Y} />
      <g className={styles.tip} style={{ transform: `translate(${end}%, ${ARROW_Y}px)` }}>
        <path className={styles.head} d={`M0 0L${-sign * HEAD} -5V5Z`} />
      </g>
      <text className={styles.label} x={`${(start + end) / 2}%`} y={ARROW_Y - 9}>
        {message.summary}
      </text>
    </svg>
  );
}

function laneText(lane: Lane, t: Translate<(typeof systemText)["names"][number]>): string {
  if (lane.leg === null) return t("gateway");
  const side = lane.role === "manager" ? t("managerSide") : t("customerSide");
  return `${side} · ${lane.peer === "phone" ? t("phone") : (lane.peer ?? "")}`;
}

function stepText(
  { message, from, to, afterMs }: Step,
  lanes: readonly Lane[],
  t: Translate<(typeof systemText)["names"][number]>,
): string {
  const [one, other] = [lanes[from], lanes[to]];
  if (one === undefined || other === undefined) return message.summary;
  return `${message.summary}: ${laneText(one, t)} → ${laneText(other, t)}, ${afterText(afterMs)}`;
}

/** Since the first message, in seconds and milliseconds. */
function afterText(ms: number): string {
  return `+${(ms / 1000).toFixed(3)}`;
}
