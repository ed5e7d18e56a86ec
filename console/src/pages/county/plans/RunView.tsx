import { useState } from "react";
import { Button } from "../../../kit/Button";
import { Confirm } from "../../../kit/Confirm";
import { useFormat } from "../../../kit/format";
import { Progress } from "../../../kit/Progress";
import { Stat, Stats } from "../../../kit/Stat";
import { Badge, Empty } from "../../../kit/States";
import { useCode } from "../../../text/codes";
import { countyText } from "../../../text/county";
import { workFailures } from "../../../text/reasons";
import { useText } from "../../../text/words";
import { HeatMap } from "./HeatMap";
import styles from "./plans.module.css";
import { RunItems } from "./RunItems";
import { isUnderWay, type Plan, type Run } from "./usePlans";

/** What a run has planned, or would; a preview can be done for good from here. */
export function RunView({
  plan,
  run,
  onExecute,
}: {
  plan: Plan;
  run: Run;
  /** Null: whoever sits here may not. */
  onExecute: (() => Promise<unknown>) | null;
}) {
  const t = useText(countyText);
  const failure = useCode(workFailures);
  const format = useFormat();
  const [asks, setAsks] = useState(false);
  if (isUnderWay(run)) {
    return (
      <Progress
        label={t("planning", { month: format.month(run.month) })}
        value={run.progress * 100}
      />
    );
  }
  if (run.state === "failed") {
    return <Empty title={t("planFailed")}>{failure(run.failure)}</Empty>;
  }
  return (
    <div className={styles.run}>
      {run.preview && (
        <div className={styles.previewNote}>
          <Badge tone="warn">{t("preview")}</Badge>
          <span>
            {t("previewNote", { added: run.added, moved: run.moved, withdrawn: run.withdrawn })}
          </span>
          {onExecute !== null && (
            <Button look="primary" onPress={() => setAsks(true)}>
              {t("execute")}
            </Button>
          )}
        </div>
      )}
      <Figures run={run} />
      <HeatMap plan={plan} run={run} />
      <RunItems run={run} />
      {onExecute !== null && (
        <Confirm
          title={t("executeTitle", { month: format.month(run.month) })}
          action={t("execute")}
          look="primary"
          isOpen={asks}
          onClose={() => setAsks(false)}
          onConfirm={onExecute}
        >
          {t("executeNote", { added: run.added, moved: run.moved, withdrawn: run.withdrawn })}
        </Confirm>
      )}
    </div>
  );
}

function Figures({ run }: { run: Run }) {
  const t = useText(countyText);
  const format = useFormat();
  const infeasible = Object.values(run.infeasible).reduce((all, one) => all + one, 0);
  return (
    <Stats>
      <Stat
        label={t("customers")}
        value={format.number(run.customers)}
        detail={t("customersDetail")}
      />
      <Stat
        label={t("planned")}
        value={format.number(run.planned)}
        detail={t("deferred", { count: run.deferred })}
      />
      <Stat
        label={t("kind_infeasible")}
        value={format.number(infeasible)}
        tone={infeasible > 0 ? "bad" : "good"}
        detail={t("infeasibleDetail")}
      />
      <Stat
        label={t("belowTarget")}
        value={format.number(run.below_target)}
        detail={t("belowTargetDetail")}
      />
      <Stat label={t("uneven")} value={format.number(run.uneven)} detail={t("unevenDetail")} />
      <Stat
        label={t("offCadence")}
        value={format.number(run.off_cadence)}
        detail={t("offCadenceDetail")}
      />
    </Stats>
  );
}
