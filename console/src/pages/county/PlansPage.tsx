import { CalendarRange, Plus } from "lucide-react";
import { useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { useGroups } from "../../api/directory";
import { problemFrom } from "../../api/problem";
import { useMay, useWho } from "../../api/session";
import { Button } from "../../kit/Button";
import { Select } from "../../kit/Field";
import { useFormat } from "../../kit/format";
import { Page } from "../../kit/Page";
import { Empty, Failed, Skeleton } from "../../kit/States";
import { countyText } from "../../text/county";
import { planningText } from "../../text/planning";
import { useText } from "../../text/words";
import { dayIn } from "./days";
import { zoneOf } from "./names";
import { NewPlan } from "./plans/NewPlan";
import { PlanEditor } from "./plans/PlanEditor";
import styles from "./plans/plans.module.css";
import { Rules } from "./plans/Rules";
import { RunDialog } from "./plans/RunDialog";
import { RunView } from "./plans/RunView";
import { type Plan, type Run, usePlans, useRuns, useStartRun } from "./plans/usePlans";

/** How often each kind of customer is contacted, and what that comes to in a month. */
export default function PlansPage() {
  const t = useText(countyText);
  const navigate = useNavigate();
  const mayAssign = useMay("tasks.assign");
  const who = useWho();
  const { planId } = useParams();
  const { data, error, isPending, refetch } = usePlans();
  const [makes, setMakes] = useState(false);
  const problem = problemFrom(error);
  const plans = data?.items ?? [];
  const plan = plans.find((one) => one.id === planId) ?? plans[0];
  const go = (id: string): void => void navigate(`/plans/${id}`);
  const add = (
    <Button icon={Plus} onPress={() => setMakes(true)}>
      {t("newPlan")}
    </Button>
  );
  return (
    <Page
      title={t("plans")}
      actions={
        <>
          {plans.length > 1 && plan !== undefined && (
            <Select
              label={t("plan_")}
              hideLabel
              options={plans.map(({ id, name }) => ({ id, text: name }))}
              value={plan.id}
              onChange={go}
            />
          )}
          {mayAssign && plans.length > 0 && add}
        </>
      }
    >
      {problem !== null && <Failed problem={problem} onRetry={() => void refetch()} />}
      {isPending && <Skeleton rows={3} height="10rem" />}
      {data !== undefined && plan === undefined && (
        <Empty icon={CalendarRange} title={t("noPlans")} action={mayAssign && add}>
          {t("noPlansDetail")}
        </Empty>
      )}
      {plan !== undefined && (
        // Everybody's plan is for whoever sees all groups.
        <PlanOf
          key={plan.id}
          plan={plan}
          mayPlan={mayAssign && (plan.group_id !== null || who.scope.group_ids === null)}
        />
      )}
      {makes && <NewPlan onClose={() => setMakes(false)} onMade={go} />}
    </Page>
  );
}

function PlanOf({ plan, mayPlan }: { plan: Plan; mayPlan: boolean }) {
  const t = useText(countyText);
  const { groups } = useGroups();
  const [query, setQuery] = useSearchParams();
  const [asks, setAsks] = useState(false);
  const [edits, setEdits] = useState(false);
  const { data, error } = useRuns(plan.id);
  const starting = useStartRun(plan.id);
  const problem = problemFrom(error);
  const runs = data?.items ?? [];
  const run = runs.find((one) => one.id === query.get("run")) ?? runs[0];
  const show = (id: string): void => setQuery({ run: id }, { replace: true });
  const execute = async (): Promise<void> => {
    if (run === undefined) return;
    const begun = await starting.mutateAsync({ month: run.month, preview: false });
    show(begun.id);
  };
  return (
    <div className={styles.plan}>
      <div className={styles.runs}>
        <h2>{t("runs")}</h2>
        {run !== undefined && <RunSelect runs={runs} value={run.id} onChange={show} />}
        {mayPlan && (
          <Button look="primary" icon={CalendarRange} onPress={() => setAsks(true)}>
            {t("planMonth")}
          </Button>
        )}
      </div>
      {problem !== null && <Failed problem={problem} />}
      {data !== undefined && run === undefined && (
        <Empty icon={CalendarRange} title={t("noRuns")}>
          {t("noRunsDetail")}
        </Empty>
      )}
      {run !== undefined && (
        // What was tried with other rules is not what the plan would do.
        <RunView
          key={run.id}
          plan={plan}
          run={run}
          onExecute={mayPlan && !run.tries ? execute : null}
        />
      )}
      <Rules plan={plan} onEdit={mayPlan ? () => setEdits(true) : null} />
      {edits && <PlanEditor planId={plan.id} onClose={() => setEdits(false)} />}
      {asks && (
        <RunDialog
          planId={plan.id}
          today={dayIn(new Date(), zoneOf(groups, plan.group_id))}
          onClose={() => setAsks(false)}
          onStarted={show}
        />
      )}
    </div>
  );
}

function RunSelect({
  runs,
  value,
  onChange,
}: {
  runs: readonly Run[];
  value: string;
  onChange(id: string): void;
}) {
  const t = useText(countyText);
  const p = useText(planningText);
  const format = useFormat();
  const kindOf = (run: Run): string =>
    run.preview ? ` · ${run.tries ? p("trial") : t("preview")}` : "";
  return (
    <Select
      label={t("runs")}
      hideLabel
      options={runs.map((run) => ({
        id: run.id,
        text: `${format.month(run.month)} · ${format.dateTime(run.created_at)}${kindOf(run)}`,
      }))}
      value={value}
      onChange={onChange}
    />
  );
}
