import { useQuery } from "@tanstack/react-query";
import { problemFrom } from "../../../api/problem";
import { Dialog } from "../../../kit/Dialog";
import { useFormat } from "../../../kit/format";
import { Empty, Failed, Skeleton } from "../../../kit/States";
import { directoryText } from "../../../text/directory";
import { useText } from "../../../text/words";
import { ownershipQuery } from "./customers";
import styles from "./customers.module.css";

/** Whose customer it was, when, and why that changed: the present owner first. */
export function OwnershipDialog({
  customerId,
  nameOf,
  onClose,
}: {
  customerId: string;
  nameOf(managerId: string | null): string;
  onClose(): void;
}) {
  const t = useText(directoryText);
  const format = useFormat();
  const { data, error, refetch } = useQuery(ownershipQuery(customerId));
  const problem = problemFrom(error);
  return (
    <Dialog title={t("ownership")} isOpen onClose={onClose}>
      {problem !== null && <Failed problem={problem} onRetry={() => void refetch()} />}
      {problem === null && data === undefined && <Skeleton rows={3} />}
      {data?.items.length === 0 && <Empty title={t("noOwnership")} />}
      <ol className={styles.history}>
        {data?.items.toReversed().map((one) => (
          <li
            key={one.from}
            className={styles.owned}
            {...(one.until === null ? { "data-now": true } : {})}
          >
            <span className={styles.ownedName}>
              {one.manager_id === null ? t("noOwner") : nameOf(one.manager_id)}
            </span>
            <span className={styles.ownedDetail}>
              {format.dateTime(one.from)} –{" "}
              {one.until === null ? t("ownedUntilNow") : format.dateTime(one.until)}
            </span>
            {one.why !== "" && <span className={styles.ownedDetail}>{one.why}</span>}
          </li>
        ))}
      </ol>
    </Dialog>
  );
}
