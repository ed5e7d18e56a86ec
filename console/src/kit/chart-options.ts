import uPlot from "uplot";
import type { ChartProps } from "./Chart";

/** The colours that a canvas needs by value. */
export interface Inks {
  text: string;
  line: string;
  past: string;
  series: readonly string[];
  font: string;
}

/** Read the tokens as `element` has them: `light-dark()` and all. */
export function readInks(element: HTMLElement): Inks {
  const probe = document.createElement("span");
  // Without it the colour read is where a transition begins: the one before.
  probe.style.transitionProperty = "none";
  element.append(probe);
  const colour = (token: string): string => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
  const inks = {
    text: colour("--ink-3"),
    line: colour("--line"),
    past: colour("--series-6"),
    series: [1, 2, 3, 4, 5].map((place) => colour(`--series-${place}`)),
    font: `12px ${getComputedStyle(element).fontFamily}`,
  };
  probe.remove();
  return inks;
}

/** Be told when light becomes dark, by the system or by choice. Returns how to end it. */
export function watchTheme(then: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", then);
  const chosen = new MutationObserver(then);
  chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    system.removeEventListener("change", then);
    chosen.disconnect();
  };
}

interface Drawn extends Pick<ChartProps, "labels" | "series" | "write" | "isWhole"> {
  inks: Inks;
}

const BAR_SHARE = 0.62;
const BAR_MOST_PX = 56;
const LABEL_PX = 76;
/** Of what is counted there are no halves. */
const WHOLE_STEPS = [1, 2, 5]
  .flatMap((step) => [0, 1, 2, 3, 4, 5, 6].map((power) => step * 10 ** power))
  .sort((a, b) => a - b);
const DASH = [4, 4];

/** What uPlot draws, but for its size and hooks. */
export function chartOptions({
  labels,
  series,
  write,
  isWhole,
  inks,
}: Drawn): Omit<uPlot.Options, "width" | "height"> {
  const axis = { stroke: inks.text, font: inks.font, ticks: { show: false } };
  return {
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: { time: false, range: [-0.6, Math.max(labels.length - 0.4, 0.6)] },
      y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 32,
        splits: (of) => places(labels.length, of.width),
        values: (_, at) => at.map((place) => labels[place] ?? ""),
      },
      {
        ...axis,
        size: 60,
        ...(isWhole ? { incrs: WHOLE_STEPS } : {}),
        grid: { stroke: inks.line, width: 1 },
        values: (_, at) => at.map((value) => write(value)),
      },
    ],
    series: [
      {},
      ...series.map(({ name, look }, at): uPlot.Series => {
        const ink =
          look === "past" ? inks.past : (inks.series[at % inks.series.length] ?? inks.text);
        if (look !== "bar") {
          return {
            label: name,
            stroke: ink,
            width: 2,
            ...(look === "past" ? { dash: DASH, points: { show: false } } : {}),
          };
        }
        const bars = uPlot.paths.bars?.({ size: [BAR_SHARE, BAR_MOST_PX], radius: 0.15 });
        const points = { show: false };
        return { label: name, stroke: ink, fill: ink, points, ...(bars ? { paths: bars } : {}) };
      }),
    ],
  };
}

/** Which of the labels are written, so that they have room: every, every second, … */
export function places(count: number, width: number): number[] {
  const step = Math.max(1, Math.ceil((count * LABEL_PX) / Math.max(width - LABEL_PX, LABEL_PX)));
  return Array.from({ length: Math.ceil(count / step) }, (_, at) => at * step);
}
