import { ClipboardCheck } from "lucide-react";
import { memo } from "react";
import { Link } from "react-router";
import { useFormat } from "../../../kit/format";
import { Empty, Skeleton } from "../../../kit/States";
import { boardText } from "../../../text/board";
import { resultCodes, taskTypes, useCode } from "../../../text/codes";
import { useText } from "../../../text/words";
import styles from "./board.module.css";
import { goByArrows, Panel } from "./Panel";
import type { Told } from "./results";

/** What managers told last, as it is told. */
export function Results({
  told,
  isPending,
  nameOf,
}: {
  told: readonly Told[];
  isPending: boolean;
  nameOf(managerId: string | null): string;
}) {
  const t = useText(boardText);
  return (
    <Panel title={t("results")} area="results">
      {isPending && <Skeleton rows={4} />}
      {!isPending && told.length === 0 && (
        <Empty icon={ClipboardCheck} title={t("noResults")}>
          {t("noResultsDetail")}
        </Empty>
      )}
      <ul className={styles.list} aria-live="off" onKeyDown={goByArrows}>
        {told.map((one, place) => (
          <ToldRow key={one.id} told={one} manager={nameOf(one.managerId)} isFirst={place === 0} />
        ))}
      </ul>
    </Panel>
  );
}

const ToldRow = memo(function ToldRow({
  told,
  manager,
  isFirst,
}: {
  told: Told;
  manager: string;
  isFirst: boolean;
}) {
  const type = useCode(taskTypes);
  const code = useCode(resultCodes);
  const t = useText(boardText);
  const format = useFormat();
  return (
    <li className={styles.row} data-told={told.id}>
      <Link to={told.href} className={styles.told} tabIndex={isFirst ? 0 : -1}>
        <time className={styles.at} dateTime={told.at}>
          {format.date(told.at) === format.date(new Date().toISOString())
            ? format.time(told.at)
            : format.date(told.at)}
        </time>
        <span className={styles.who}>{manager}</span>
        <span className={styles.state}>
          {told.type === null ? t("talk") : (told.ownType ?? type(told.type))}
        </span>
        <span className={styles.code}>{code(told.code)}</span>
      </Link>
    </li>
  );
});
