import { Phone } from "lucide-react";
import type { Schema } from "../../../api/client";
import { Button } from "../../../kit/Button";
import { Skeleton } from "../../../kit/States";
import { dayText, favours, obstacles } from "../../../text/manager";
import { isWord, textOf, useText } from "../../../text/words";
import { type Dialled, dialledOf } from "../call/useCalls";
import { nameOf, useTypeName } from "../names";
import { useZoned } from "../useMe";
import styles from "./TasksPage.module.css";

export interface NextBestProps {
  next: Schema<"NextTasksView"> | undefined;
  isBusy: boolean;
  onDial(whom: Dialled): void;
}

/** Whom to call now and why; or why nobody, and from when on. */
export function NextBest({ next, isBusy, onDial }: NextBestProps) {
  const t = useText(dayText);
  const typeName = useTypeName();
  if (next === undefined) return <Skeleton rows={1} height="5.5rem" />;
  const { best } = next;
  if (best === null) return <NobodyNow next={next} />;
  const name = nameOf(best.task);
  const why = best.why.map((one) => (isWord(favours, one) ? textOf(favours, one) : one));
  return (
    <section className={styles.next} aria-label={t("nextWhy")}>
      <div className={styles.nextBody}>
        <p className={styles.nextLabel}>
          {t("nextWhy")} · {typeName(best.task)}
        </p>
        <p className={styles.nextName}>{name}</p>
        <p className={styles.nextWhy}>{why.join(" · ")}</p>
      </div>
      <Button
        icon={Phone}
        look="primary"
        size="l"
        hint="n"
        isDisabled={isBusy}
        onPress={() => onDial(dialledOf(best.task, name))}
      >
        {t("dial")}
      </Button>
    </section>
  );
}

function NobodyNow({ next }: { next: Schema<"NextTasksView"> }) {
  const t = useText(dayText);
  const format = useZoned();
  const against = next.held[0]?.against[0]?.code;
  return (
    <section className={`${styles.next} ${styles.none}`} aria-label={t("nextWhy")}>
      <div className={styles.nextBody}>
        <p className={styles.nextName}>{t("noneNow")}</p>
        <p className={styles.nextWhy}>
          {against !== undefined &&
            t("held", { why: isWord(obstacles, against) ? textOf(obstacles, against) : against })}
          {next.look_at !== null && ` · ${t("from", { time: format.dateTime(next.look_at) })}`}
        </p>
      </div>
    </section>
  );
}
