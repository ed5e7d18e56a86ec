import { type ReactNode, useId } from "react";
import styles from "./Card.module.css";

export interface CardProps {
  title?: string;
  /** Beside the title, smaller. */
  detail?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  /** The content goes to the edges: lists, tables, charts. */
  isFlush?: boolean;
}

/** A part of a page that belongs together, with its heading. */
export function Card({ title, detail, actions, children, isFlush = false }: CardProps) {
  const id = useId();
  return (
    <section className={styles.card} {...(title === undefined ? {} : { "aria-labelledby": id })}>
      {(title !== undefined || actions !== undefined) && (
        <header className={styles.header}>
          <div className={styles.title}>
            {title !== undefined && <h2 id={id}>{title}</h2>}
            {detail !== undefined && <span className={styles.detail}>{detail}</span>}
          </div>
          {actions !== undefined && <div className={styles.actions}>{actions}</div>}
        </header>
      )}
      <div className={isFlush ? styles.flush : styles.body}>{children}</div>
    </section>
  );
}

export interface Fact {
  label: string;
  value: ReactNode;
}

/** Names and what they are, in two columns; one above the other where there is little room. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(({ label, value }) => (
        <div key={label} className={styles.fact}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
