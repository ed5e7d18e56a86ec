import { FlaskConical } from "lucide-react";
import { useState } from "react";
import { problemFrom } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import { isSame } from "../../../kit/editor/conflict";
import { Select } from "../../../kit/Field";
import { useFormat } from "../../../kit/format";
import { Progress } from "../../../kit/Progress";
import { ProblemNote } from "../../../kit/States";
import { useCode } from "../../../text/codes";
import { countyText } from "../../../text/county";
import { planningText } from "../../../text/planning";
import { workFailures } from "../../../text/reasons";
import { useText } from "../../../text/words";
import { monthStart } from "../days";
import type { PlanBody } from "./planDraft";
import styles from "./plans.module.css";
import { isUnderWay, type Run, useRun, useStartRun } from "./usePlans";

const MONTHS_AHEAD = 3;

/** What a month would be by rules that are not saved: worked out by the node, written nowhere. */
export function PlanTrial({
  planId,
  body,
  today,
}: {
  planId: string;
  /** The plan as it is typed. */
  body: PlanBody;
  today: string;
}) {
  const t = useText(planningText);
  const c = useText(countyText);
  const format = useFormat();
  const starting = useStartRun(planId);
  const months = Array.from({ length: MONTHS_AHEAD }, (_, ahead) =>
    monthStart(today, ahead).slice(0, 7),
  );
  const [month, setMonth] = useState(months[1] ?? today.slice(0, 7));
  const run = useRun(planId, starting.data?.id ?? null);
  return (
    <section className={styles.trial} aria-label={t("tryIt")}>
      <div className={styles.inLine}>
        <Select
          label={c("month")}
          hideLabel
          options={months.map((id) => ({ id, text: format.month(id) }))}
          value={month}
          onChange={setMonth}
        />
        <Button
          icon={FlaskConical}
          isPending={starting.isPending}
          onPress={() => starting.mutate({ month, preview: true, plan: body })}
        >
          {t("tryIt")}
        </Button>
        <span className={styles.note}>{t("tryHelp")}</span>
      </div>
      <ProblemNote problem={problemFrom(starting.error ?? run.error)} />
      {run.data !== undefined && isSame(starting.variables?.plan, body) && <Tried run={run.data} />}
    </section>
  );
}

function Tried({ run }: { run: Run }) {
  const t = useText(planningText);
  const failure = useCode(workFailures);
  const format = useFormat();
  if (isUnderWay(run)) {
    return (
      <Progress
        label={t("trying", { month: format.month(run.month) })}
        value={run.progress * 100}
      />
    );
  }
  if (run.state === "failed") {
    return (
      <p role="alert">
        {t("tryFailed")}: {failure(run.failure)}
      </p>
    );
  }
  const infeasible = Object.values(run.infeasible).reduce((all, one) => all + one, 0);
  const { added, moved, withdrawn, planned, below_target } = run;
  return (
    <div role="status" data-tried>
      <p>
        <b>{t("tried", { month: format.month(run.month), added, moved, withdrawn })}</b>
      </p>
      <p className={styles.note}>{t("triedMore", { planned, infeasible, below: below_target })}</p>
    </div>
  );
}
