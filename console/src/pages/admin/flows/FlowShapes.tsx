import type { Schema } from "../../../api/client";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import styles from "./flows.module.css";
import type { Box } from "./graphKeys";
import type { ToldProblem } from "./useToldProblems";

const ASKING = ["menu", "gather"];
const ENDING = ["hang_up", "voicemail"];

/** One step; what is wrong with it is its description. */
export function FlowBox({
  box,
  isActive,
  problems,
  hold,
  onPress,
}: {
  box: Box;
  isActive: boolean;
  problems: readonly ToldProblem[];
  hold(node: SVGGElement | null): void;
  onPress(): void;
}) {
  const t = useText(flowsText);
  const kind = ENDING.includes(box.verb) ? "end" : ASKING.includes(box.verb) ? "ask" : "plain";
  const left = box.x - box.width / 2;
  const top = box.y - box.height / 2;
  const said = [
    // As it is seen, so that whoever speaks to the page can name it.
    `${box.step} ${box.line === null ? "" : box.words}`,
    ...(box.is_start ? [t("stepStart")] : []),
    ...(box.line === null ? [t("stepMissing")] : []),
    ...problems.map((one) => one.text),
    ...(box.is_wrong && problems.length === 0 ? [t("stepWrong")] : []),
  ].join(", ");
  return (
    // biome-ignore lint/a11y/useSemanticElements: SVG has no button
    <g
      ref={hold}
      role="button"
      tabIndex={isActive ? 0 : -1}
      aria-label={said}
      className={styles.box}
      onClick={onPress}
      {...(box.is_wrong ? { "data-wrong": true } : {})}
      {...(box.is_start ? { "data-start": true } : {})}
      {...(box.line === null ? { "data-missing": true } : {})}
      data-kind={kind}
    >
      <rect
        x={left}
        y={top}
        width={box.width}
        height={box.height}
        rx={kind === "end" ? box.height / 2 : 8}
      />
      <text x={box.x} y={box.y - 5} className={styles.boxName}>
        {`${box.step} `}
      </text>
      <text x={box.x} y={box.y + 13} className={styles.boxWords}>
        {box.line === null ? t("stepMissing") : box.words}
      </text>
      {box.is_wrong && (
        <text x={left + box.width - 14} y={top + 17} className={styles.boxMark}>
          !
        </text>
      )}
    </g>
  );
}

/** One way, with when it is taken. */
export function FlowArrow({
  arrow,
  isActive,
}: {
  arrow: Schema<"FlowArrowView">;
  isActive: boolean;
}) {
  return (
    <g
      className={styles.arrow}
      {...(arrow.is_input ? { "data-input": true } : {})}
      {...(isActive ? { "data-active": true } : {})}
    >
      <path d={arrow.path} markerEnd="url(#flow-tip)" />
      {arrow.label !== "" && (
        <text x={arrow.label_x} y={arrow.label_y}>
          {arrow.label}
        </text>
      )}
    </g>
  );
}
