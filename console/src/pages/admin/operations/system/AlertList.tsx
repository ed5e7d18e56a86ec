import { ShieldCheck } from "lucide-react";
import type { Schema } from "../../../../api/client";
import { useFormat } from "../../../../kit/format";
import { Empty } from "../../../../kit/States";
import { systemText } from "../../../../text/system";
import { useText } from "../../../../text/words";
import styles from "./system.module.css";
import { useAlertText } from "./words";

/** What is wrong now: since when, and what mends it. */
export function AlertList({ alerts }: { alerts: readonly Schema<"AlertView">[] }) {
  const t = useText(systemText);
  const textOf = useAlertText();
  const format = useFormat();
  if (alerts.length === 0) {
    return (
      <Empty icon={ShieldCheck} title={t("noAlerts")}>
        {t("noAlertsDetail")}
      </Empty>
    );
  }
  return (
    <ul className={styles.alerts}>
      {alerts.map((alert) => {
        const { title, mend } = textOf(alert.slug);
        return (
          <li key={alert.subject} className={styles.alert}>
            <div className={styles.alertHead}>
              <strong>{title}</strong>
              <time dateTime={alert.raised_at} className={styles.when}>
                {t("since", { when: format.dateTime(alert.raised_at) })} · {alert.node}
              </time>
            </div>
            {alert.detail !== "" && <p className={styles.rowDetail}>{alert.detail}</p>}
            {mend !== null && (
              <p className={styles.mend}>
                <span>{t("mend")}</span> {mend}
              </p>
            )}
          </li>
        );
      })}
    </ul>
  );
}
