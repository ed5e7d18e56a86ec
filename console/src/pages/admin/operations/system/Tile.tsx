import type { ReactNode } from "react";
import { Sparkline } from "../parts/Sparkline";
import styles from "./system.module.css";

export interface TileProps {
  title: string;
  value: string;
  detail: string;
  /** How it went of late, oldest first. */
  trend?: readonly number[];
  children?: ReactNode;
}

/** One figure, large, with how it went of late. */
export function Tile({ title, value, detail, trend, children }: TileProps) {
  return (
    <section className={styles.tile} aria-label={title}>
      <h2 className={styles.tileTitle}>{title}</h2>
      <p className={styles.figure}>
        {value} <span className={styles.figureDetail}>{detail}</span>
      </p>
      {trend !== undefined && <Sparkline values={trend} label={`${title}: ${value}`} />}
      {children}
    </section>
  );
}

/** A share of a whole, 0 to 1. */
export function Bar({
  share,
  label,
  isScarce = false,
}: {
  share: number;
  label: string;
  isScarce?: boolean;
}) {
  return (
    <meter
      className={`${styles.bar} ${isScarce ? styles.scarce : ""}`}
      min={0}
      max={1}
      value={Math.min(Math.max(share, 0), 1)}
      aria-label={label}
    />
  );
}
