import { useNavigate } from "react-router";
import { Button } from "../../../kit/Button";
import { useFormat } from "../../../kit/format";
import { Progress } from "../../../kit/Progress";
import { Stat, Stats } from "../../../kit/Stat";
import { useFaultText } from "../../../kit/useFaultText";
import { importText } from "../../../text/importing";
import { useText } from "../../../text/words";
import { BadRows } from "./BadRows";
import type { Kind } from "./columns";
import styles from "./import.module.css";
import { whyOf } from "./imports";
import type { Wizard } from "./useImportWizard";

const PAGES: Readonly<Record<Kind, string>> = {
  customers: "/customers",
  managers: "/managers",
  groups: "/groups",
  hotlines: "/hotlines",
  tasks: "/group-tasks",
};

/** How far a run is, then what it did or would do, with every bad row. */
export function Outcome({ kind, wizard }: { kind: Kind; wizard: Wizard }) {
  const t = useText(importText);
  const format = useFormat();
  const say = useFaultText();
  const navigate = useNavigate();
  const { dryRun, realRun } = wizard;
  const isReal = realRun.id !== null;
  const { progress, ended } = isReal ? realRun : dryRun;
  if (ended === null) {
    const total = isReal ? dryRun.ended?.rows_read : undefined;
    return (
      <section className={styles.part}>
        <Progress
          label={isReal ? t("importing") : t("checking")}
          value={total === undefined ? undefined : (progress?.rows_read ?? 0)}
          {...(total === undefined ? {} : { max: total })}
        />
        {total === undefined && (
          <p className={styles.quiet}>{format.number(progress?.rows_read ?? 0)}</p>
        )}
      </section>
    );
  }
  const toWrite = ended.rows_new + ended.rows_changed;
  return (
    <section className={styles.part} aria-label={isReal ? t("done") : t("wouldBe")}>
      <h2 role="status">{isReal ? t("done") : t("wouldBe")}</h2>
      {ended.failure !== null && (
        <p role="alert" className={styles.faults}>
          {t("failed", { why: whyOf(ended, say) })}
        </p>
      )}
      <Stats>
        <Stat label={t("rowsNew")} value={format.number(ended.rows_new)} tone="good" />
        <Stat label={t("rowsChanged")} value={format.number(ended.rows_changed)} tone="accent" />
        <Stat label={t("rowsUnchanged")} value={format.number(ended.rows_unchanged)} />
        <Stat
          label={t("rowsBad")}
          value={format.number(ended.rows_bad)}
          tone={ended.rows_bad > 0 ? "bad" : "neutral"}
        />
      </Stats>
      <div className={styles.actions}>
        {isReal ? (
          <>
            <Button onPress={() => wizard.take(null)}>{t("again")}</Button>
            <Button look="primary" onPress={() => void navigate(PAGES[kind])}>
              {t("see")}
            </Button>
          </>
        ) : (
          <>
            <Button onPress={wizard.back}>{t("back")}</Button>
            <Button
              look="primary"
              isPending={realRun.isSending}
              isDisabled={toWrite === 0 || ended.failure !== null}
              onPress={wizard.run}
            >
              {toWrite === 0 ? t("runNothing") : t("run", { count: toWrite })}
            </Button>
          </>
        )}
      </div>
      {ended.rows_bad > 0 && <BadRows of={ended} />}
    </section>
  );
}
