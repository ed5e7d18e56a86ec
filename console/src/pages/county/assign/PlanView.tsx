import type { Schema } from "../../../api/client";
import { useManagers } from "../../../api/directory";
import { Skeleton } from "../../../kit/States";
import { assignText, stayReasons } from "../../../text/assign";
import { isWord, useText } from "../../../text/words";
import type { Plan } from "./assign";
import styles from "./assign.module.css";

/** What an order would change: who gets how many, what stays and why. */
export function PlanView({
  plan,
  isStale,
  isWanted,
}: {
  plan: Plan | undefined;
  /** It is being worked out anew. */
  isStale: boolean;
  isWanted: boolean;
}) {
  const t = useText(assignText);
  const { nameOf } = useManagers();
  if (!isWanted) return null;
  if (plan === undefined) return isStale ? <Skeleton rows={4} height="2rem" /> : null;
  return (
    <section className={styles.plan} aria-busy={isStale} aria-label={t("preview")}>
      <h3>{t("preview")}</h3>
      <p>
        {plan.tasks === 0 ? t("nothing") : t("willMove", { count: plan.tasks })}
        {plan.kept > 0 && ` ${t("willKeep", { count: plan.kept })}`}
      </p>
      <ul className={styles.shares}>
        {plan.shares.map((share) => (
          <li key={share.manager_id} className={styles.share}>
            <span>{nameOf(share.manager_id)}</span>
            <strong>{t("gets", { count: share.tasks })}</strong>
            {share.kept > 0 && <span>{t("keeps", { count: share.kept })}</span>}
          </li>
        ))}
      </ul>
      <LeftOut left={plan.left_out} />
    </section>
  );
}

/** What stays where it is, with the reason. */
export function LeftOut({ left }: { left: readonly Schema<"TasksLeftView">[] }) {
  const t = useText(assignText);
  const why = useText(stayReasons);
  return (
    <ul className={styles.left}>
      {left.map(({ reason, tasks }) => (
        <li key={reason}>
          {t("stays", { count: tasks, why: isWord(stayReasons, reason) ? why(reason) : reason })}
        </li>
      ))}
    </ul>
  );
}
