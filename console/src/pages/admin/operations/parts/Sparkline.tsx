import styles from "./Sparkline.module.css";
import { pathOf } from "./sparkline-path";

const WIDTH = 120;
const HEIGHT = 28;

/** How a figure went of late, without scale: the figure itself stands beside it. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  return (
    <svg
      className={styles.line}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path d={pathOf(values, WIDTH, HEIGHT)} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
