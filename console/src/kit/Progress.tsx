import { ProgressBar } from "react-aria-components";
import { useFormat } from "./format";
import styles from "./Progress.module.css";
import type { Tone } from "./States";

export interface ProgressProps {
  label: string;
  /** How many of `max` are done; undefined: nobody knows how many there are. */
  value: number | undefined;
  max?: number;
  tone?: Tone;
}

/** How far something is, told to those who hear the page, too. */
export function Progress({ label, value, max = 100, tone = "accent" }: ProgressProps) {
  const format = useFormat();
  const isKnown = value !== undefined && max > 0;
  const text = isKnown ? `${format.number(value)} / ${format.number(max)}` : "";
  return (
    <ProgressBar
      className={styles.progress}
      isIndeterminate={!isKnown}
      value={value ?? 0}
      maxValue={Math.max(max, 1)}
      valueLabel={text}
      aria-label={label}
    >
      {({ percentage }) => (
        <>
          <div className={styles.head} aria-hidden>
            <span>{label}</span>
            <span className={styles.amount}>{text}</span>
          </div>
          <div className={styles.track}>
            <div
              className={`${styles.bar} ${styles[tone]} ${isKnown ? "" : styles.unknown}`}
              style={isKnown ? { width: `${percentage ?? 0}%` } : undefined}
            />
          </div>
        </>
      )}
    </ProgressBar>
  );
}
