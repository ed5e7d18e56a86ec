import type { Schema } from "../../../api/client";
import { useManagers } from "../../../api/directory";
import { stayReasons } from "../../../text/assign";
import { handoverText } from "../../../text/handover";
import { isWord, useText } from "../../../text/words";
import styles from "./handover.module.css";

/** Who gets how many customers, how many stay and why. */
export function Shares({
  shares,
  left,
}: {
  shares: readonly Schema<"ShareView">[];
  left: readonly Schema<"LeftOutView">[];
}) {
  const t = useText(handoverText);
  const why = useText(stayReasons);
  const { nameOf } = useManagers();
  return (
    <>
      <ul className={styles.shares}>
        {shares.map(({ manager_id: id, customers }) => (
          <li key={id}>
            <span>{nameOf(id)}</span>
            <strong>{t("gets", { count: customers })}</strong>
          </li>
        ))}
      </ul>
      {left.length > 0 && (
        <ul className={styles.left}>
          {left.map(({ reason, customers }) => (
            <li key={reason}>
              {t("stays", {
                count: customers,
                why: isWord(stayReasons, reason) ? why(reason) : reason,
              })}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
