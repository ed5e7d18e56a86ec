import { Maximize, Minus, Plus } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Button } from "../../../kit/Button";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import { FlowArrow, FlowBox } from "./FlowShapes";
import type { Drawing } from "./flows";
import styles from "./flows.module.css";
import { type Box, nextBox } from "./graphKeys";
import { usePanZoom } from "./usePanZoom";
import type { ToldProblem } from "./useToldProblems";

export interface FlowGraphProps {
  drawing: Drawing;
  problems: readonly ToldProblem[];
  /** A step was chosen: show its line. */
  onStep(box: Box): void;
}

/** A flow as boxes and arrows, laid out by the node: by pointer, by wheel, by arrow keys. */
export function FlowGraph({ drawing, problems, onStep }: FlowGraphProps) {
  const t = useText(flowsText);
  const frame = useRef<HTMLDivElement>(null);
  const view = usePanZoom(frame, drawing.width, drawing.height);
  const boxes = useRef(new Map<string, SVGGElement>());
  const [current, setCurrent] = useState<string | null>(null);
  const start = drawing.boxes.find((box) => box.is_start) ?? drawing.boxes[0];
  const active = drawing.boxes.find((box) => box.step === current) ?? start;
  const isFocused = useRef(false);
  useEffect(() => {
    if (isFocused.current && active !== undefined) boxes.current.get(active.step)?.focus();
  }, [active]);
  const onKey = (event: KeyboardEvent): void => {
    if (active === undefined) return;
    if (event.key === "Enter" || event.key === " ") onStep(active);
    else if (event.key === "+" || event.key === "=") view.zoom(1.25);
    else if (event.key === "-") view.zoom(0.8);
    else if (event.key === "0") view.fit();
    else {
      const next = nextBox(drawing.boxes, active, event.key);
      if (next === null) return;
      setCurrent(next.step);
      view.show(next.x, next.y);
    }
    event.preventDefault();
  };
  return (
    <div className={styles.graph}>
      <div ref={frame} className={styles.canvas} {...view.pointer}>
        {/* biome-ignore lint/a11y/useSemanticElements: a drawing is no list of options */}
        <svg
          role="group"
          aria-label={t("drawing")}
          aria-describedby="graph-help"
          className={styles.drawing}
          viewBox={view.box}
          onKeyDown={onKey}
          onFocus={() => {
            isFocused.current = true;
          }}
          onBlur={() => {
            isFocused.current = false;
          }}
        >
          <defs>
            <marker
              id="flow-tip"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="8"
              markerHeight="8"
              orient="auto"
            >
              <path d="M0 0L8 4L0 8z" className={styles.tip} />
            </marker>
          </defs>
          {drawing.arrows.map((arrow) => (
            <FlowArrow
              key={`${arrow.source} ${arrow.target}`}
              arrow={arrow}
              isActive={arrow.source === active?.step && current !== null}
            />
          ))}
          {drawing.boxes.map((box) => (
            <FlowBox
              key={box.step}
              box={box}
              isActive={box.step === active?.step}
              problems={problems.filter((one) => one.step === box.step)}
              hold={(node) => {
                if (node === null) boxes.current.delete(box.step);
                else boxes.current.set(box.step, node);
              }}
              onPress={() => {
                setCurrent(box.step);
                onStep(box);
              }}
            />
          ))}
        </svg>
      </div>
      <div className={styles.zoom}>
        <Button icon={Plus} iconOnly onPress={() => view.zoom(1.25)}>
          {t("zoomIn")}
        </Button>
        <Button icon={Minus} iconOnly onPress={() => view.zoom(0.8)}>
          {t("zoomOut")}
        </Button>
        <Button icon={Maximize} iconOnly onPress={view.fit}>
          {t("zoomFit")}
        </Button>
      </div>
      <p id="graph-help" className={styles.graphHelp}>
        {t("graphHelp")}
      </p>
    </div>
  );
}
