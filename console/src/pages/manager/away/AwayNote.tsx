import { DoorOpen } from "lucide-react";
import { useManagers } from "../../../api/directory";
import { awayText } from "../../../text/away";
import { useText } from "../../../text/words";
import { useZoned } from "../useMe";
import styles from "./away.module.css";
import { useAway } from "./useAway";

/** While one is away: until when, and who answers. */
export function AwayNote({ now }: { now: Date }) {
  const t = useText(awayText);
  const format = useZoned();
  const { managers } = useManagers();
  const away = useAway(now);
  if (away === undefined || !away.isAway) return null;
  const { away_until: until, deputy_id } = away.manager;
  const name = managers.find(({ id }) => id === deputy_id)?.name;
  return (
    <section className={styles.note} aria-label={t("goAway")}>
      <DoorOpen size={20} aria-hidden className={styles.icon} />
      <p className={styles.words}>
        <strong>
          {until === null ? t("awayOpen") : t("awayUntil", { time: format.dateTime(until) })}
        </strong>
        <span className={styles.who}>
          {deputy_id === null
            ? t("noDeputy")
            : name === undefined
              ? t("bySomebody")
              : t("byDeputy", { name })}
        </span>
      </p>
    </section>
  );
}
