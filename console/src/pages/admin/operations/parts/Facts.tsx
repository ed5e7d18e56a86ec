import { Fragment, type ReactNode } from "react";
import styles from "./parts.module.css";

export type Fact = readonly [label: string, value: ReactNode];

/** What is known of one thing, label by label. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(([label, value]) => (
        <Fragment key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
