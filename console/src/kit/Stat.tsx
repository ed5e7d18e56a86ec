import type { ReactNode } from "react";
import { Link } from "react-router";
import styles from "./Stat.module.css";
import type { Tone } from "./States";

export interface StatProps {
  label: string;
  /** As it is written; undefined while it is being read. */
  value: string | undefined;
  /** Compared with what, of when. */
  detail?: ReactNode;
  tone?: Tone;
  /** Where the rows behind it are. */
  to?: string;
}

/** A figure with its name; pressing it leads to what it counts. */
export function Stat({ label, value, detail, tone = "neutral", to }: StatProps) {
  const content = (
    <>
      <span className={styles.label}>{label}</span>
      <span className={`${styles.value} ${styles[tone]}`}>
        {value ?? <span className={styles.bone} aria-hidden />}
      </span>
      {detail !== undefined && <span className={styles.detail}>{detail}</span>}
    </>
  );
  return to === undefined ? (
    <div className={styles.stat}>{content}</div>
  ) : (
    <Link className={`${styles.stat} ${styles.leads}`} to={to}>
      {content}
    </Link>
  );
}

/** Figures beside each other, as many in a row as there is room for. */
export function Stats({ children }: { children: ReactNode }) {
  return <div className={styles.stats}>{children}</div>;
}
