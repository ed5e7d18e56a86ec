import { CircleAlert, CircleCheck, CircleX, type LucideIcon } from "lucide-react";
import { systemText } from "../../../../text/system";
import { useText } from "../../../../text/words";
import styles from "./system.module.css";

export type Level = "good" | "warn" | "bad";

const ICONS: Record<Level, LucideIcon> = { good: CircleCheck, warn: CircleAlert, bad: CircleX };

/** Whether all is well, in one line above everything else. */
export function Verdict({ isReady, troubles }: { isReady: boolean; troubles: number }) {
  const t = useText(systemText);
  const level: Level = !isReady ? "bad" : troubles > 0 ? "warn" : "good";
  const Icon = ICONS[level];
  const [title, detail] = {
    good: [t("allWell"), t("allWellDetail")],
    warn: [t("someTrouble", { count: troubles }), t("someTroubleDetail")],
    bad: [t("notReady"), t("notReadyDetail")],
  }[level];
  return (
    <div className={`${styles.verdict} ${styles[level]}`} role="status">
      <Icon size={28} aria-hidden />
      <div>
        <p className={styles.verdictTitle}>{title}</p>
        <p>{detail}</p>
      </div>
    </div>
  );
}
