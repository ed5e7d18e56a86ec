import { type KeyboardEvent, type ReactNode, useId } from "react";
import styles from "./board.module.css";

/** A part of the board with its name, and how many there are in it. */
export function Panel({
  title,
  count,
  area,
  children,
}: {
  title: string;
  count?: ReactNode;
  /** Where it stands on a wide screen: a name of the board's grid. */
  area: "calls" | "people" | "queues" | "results";
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={`${styles.panel} ${styles[area]}`}>
      <header className={styles.panelHead}>
        <h2 id={id}>{title}</h2>
        {count !== undefined && <span className={styles.count}>{count}</span>}
      </header>
      <div className={styles.panelBody}>{children}</div>
    </section>
  );
}

/** Have arrow keys go from link to link within a list: one stop of the Tab key for all. */
export function goByArrows(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (step === undefined) return;
  const from = document.activeElement;
  const links = [...event.currentTarget.querySelectorAll<Element>("a")];
  const next = from === null ? undefined : links[links.indexOf(from) + step];
  if (!(next instanceof HTMLElement)) return;
  event.preventDefault();
  next.focus();
}
