import { memo } from "react";
import { Link } from "react-router";
import { Skeleton } from "../../../kit/States";
import { boardText } from "../../../text/board";
import { useText } from "../../../text/words";
import styles from "./board.module.css";
import { Elapsed } from "./Elapsed";
import { goByArrows, Panel } from "./Panel";
import { countStates, type Presence, STATES } from "./presence";

/** What each manager does now, whoever is free first. */
export function People({ people, isPending }: { people: readonly Presence[]; isPending: boolean }) {
  const t = useText(boardText);
  const counts = countStates(people);
  return (
    <Panel title={t("managers")} count={people.length} area="people">
      <ul className={styles.legend}>
        {STATES.filter((state) => counts[state] > 0).map((state) => (
          <li key={state}>
            <span className={`${styles.dot} ${styles[state]}`} aria-hidden />
            {t(state)} <b>{counts[state]}</b>
          </li>
        ))}
      </ul>
      {isPending && <Skeleton rows={6} />}
      <ul className={styles.people} onKeyDown={goByArrows}>
        {people.map((one, place) => (
          <PersonTile key={one.manager_id} person={one} isFirst={place === 0} />
        ))}
      </ul>
    </Panel>
  );
}

const PersonTile = memo(function PersonTile({
  person,
  isFirst,
}: {
  person: Presence;
  isFirst: boolean;
}) {
  const t = useText(boardText);
  const href =
    person.call_id === null ? `/manager-sheets/${person.manager_id}` : `/calls/${person.call_id}`;
  return (
    <li data-manager={person.manager_id} data-state={person.state}>
      <Link to={href} className={styles.person} tabIndex={isFirst ? 0 : -1}>
        <span className={`${styles.dot} ${styles[person.state]}`} aria-hidden />
        <span className={styles.who}>{person.name}</span>
        <span className={styles.state}>{t(person.state)}</span>
        {person.since !== null && (
          <span className={styles.time}>
            <Elapsed since={person.since} />
          </span>
        )}
      </Link>
    </li>
  );
});
