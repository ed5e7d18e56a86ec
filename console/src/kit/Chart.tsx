import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import styles from "./Chart.module.css";
import { chartOptions, type Inks, readInks, watchTheme } from "./chart-options";

export interface Series {
  name: string;
  /** One for each of the labels; null: there is none. */
  values: readonly (number | null)[];
  /** Bars are for what is counted, lines for shares and means, `past` for what it is compared to. */
  look: "bar" | "line" | "past";
}

export interface ChartProps {
  /** What it shows, in words: read out in place of the drawing. */
  label: string;
  /** What stands below, from left to right. */
  labels: readonly string[];
  series: readonly Series[];
  /** How a value is written, at the axis and at the cursor. */
  write(value: number | null): string;
  /** Values are counts: the axis has no fractions. */
  isWhole?: boolean;
  /** The place of the cursor was pressed, or Enter there. */
  onOpen?(place: number): void;
}

const HEIGHT_PX = 240;

/**
 * A chart that is read with the pointer or by arrow keys: what stands at the cursor is written above
 * it and read out. Whoever can't use it needs the same figures in a table beside it.
 */
export function Chart({ label, labels, series, write, isWhole = false, onOpen }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const [place, setPlace] = useState<number | null>(null);
  const inks = useInks(frame);

  useEffect(() => {
    const element = frame.current;
    if (element === null || inks === null) return undefined;
    const size = { width: Math.max(element.clientWidth, 120), height: HEIGHT_PX };
    const made = new uPlot(
      {
        ...chartOptions({ labels, series, write, isWhole, inks }),
        ...size,
        hooks: { setCursor: [(of) => setPlace(of.cursor.idx ?? null)] },
      },
      [labels.map((_, at) => at), ...series.map((one) => [...one.values])],
      element,
    );
    plot.current = made;
    const watch = new ResizeObserver(() =>
      made.setSize({ width: Math.max(element.clientWidth, 120), height: HEIGHT_PX }),
    );
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
      // Of other values there may be none at this place.
      setPlace(null);
    };
  }, [labels, series, write, isWhole, inks]);

  const goTo = (next: number): void => {
    const made = plot.current;
    if (made === null) return;
    const at = Math.max(0, Math.min(labels.length - 1, next));
    made.setCursor({ left: made.valToPos(at, "x"), top: made.over.clientHeight / 2 });
    setPlace(at);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const last = labels.length - 1;
    const next = {
      ArrowRight: (place ?? -1) + 1,
      ArrowLeft: (place ?? last + 1) - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      goTo(next);
    } else if (event.key === "Enter" && place !== null) onOpen?.(place);
  };
  return (
    <div className={styles.chart}>
      <p className={styles.readout} role="status">
        {place !== null && <Readout place={place} labels={labels} series={series} write={write} />}
      </p>
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing with a cursor has no element of its own */}
      <div
        ref={frame}
        className={`${styles.frame} ${onOpen === undefined ? "" : styles.opens}`}
        role="group"
        aria-roledescription="chart"
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move its cursor
        tabIndex={0}
        onKeyDown={onKeyDown}
        onClick={() => place !== null && onOpen?.(place)}
      />
    </div>
  );
}

function Readout({
  place,
  labels,
  series,
  write,
}: Pick<ChartProps, "labels" | "series" | "write"> & { place: number }) {
  return (
    <>
      <b>{labels[place]}</b>
      {series.map((one, at) => (
        <span key={one.name} className={styles.value}>
          <span
            className={`${styles.swatch} ${one.look === "past" ? styles.past : styles[`s${at + 1}`]}`}
            aria-hidden
          />
          {one.name} {write(one.values[place] ?? null)}
        </span>
      ))}
    </>
  );
}

/** The colours of the tokens as they are now; others when the appearance changes. */
function useInks(frame: React.RefObject<HTMLElement | null>): Inks | null {
  const [inks, setInks] = useState<Inks | null>(null);
  useEffect(() => {
    const read = (): void => {
      if (frame.current !== null) setInks(readInks(frame.current));
    };
    read();
    return watchTheme(read);
  }, [frame]);
  return inks;
}
