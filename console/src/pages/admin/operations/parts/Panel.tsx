import { type ReactNode, useId } from "react";
import styles from "./parts.module.css";

export interface PanelProps {
  title: string;
  /** Beside the title, smaller. */
  detail?: ReactNode;
  children: ReactNode;
}

/** A part of a page with a heading. */
export function Panel({ title, detail, children }: PanelProps) {
  const id = useId();
  return (
    <section className={styles.panel} aria-labelledby={id}>
      <header className={styles.panelHead}>
        <h2 id={id}>{title}</h2>
        {detail !== undefined && <div className={styles.panelDetail}>{detail}</div>}
      </header>
      {children}
    </section>
  );
}
