import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useGroups } from "../../../api/directory";
import type { Versioned } from "../../../kit/editor/conflict";
import { useEditor } from "../../../kit/editor/useEditor";
import { useFormProblem } from "../../../kit/editor/useFormProblem";
import { Switch, TextField } from "../../../kit/Field";
import { toast } from "../../../kit/toast";
import { common } from "../../../text/common";
import { planningText } from "../../../text/planning";
import { useText } from "../../../text/words";
import { EditSheet } from "../../admin/editor/EditSheet";
import { ReadingSheet } from "../../admin/editor/Reading";
import { dayIn } from "../days";
import { keys } from "../keys";
import { zoneOf } from "../names";
import { DayFields, NoticeFields } from "./DayFields";
import { PlanChanges } from "./PlanChanges";
import { PlanTrial } from "./PlanTrial";
import { PLAN_FIELDS, type PlanDraft, planBody, planDraft } from "./planDraft";
import styles from "./plans.module.css";
import { RuleList } from "./RuleFields";
import { type Plan, planQuery, readPlan, writePlan } from "./usePlans";
import { useRuleWords } from "./useRuleWords";

/** The form of a plan; mounted while it is open. What changes is shown before it is saved. */
export function PlanEditor({ planId, onClose }: { planId: string; onClose(): void }) {
  const t = useText(planningText);
  const query = useQuery(planQuery(planId));
  return (
    <ReadingSheet title={t("edit")} query={query} onClose={onClose}>
      {(read) => <Form read={read} onClose={onClose} />}
    </ReadingSheet>
  );
}

function Form({ read, onClose }: { read: Versioned<Plan>; onClose(): void }) {
  const t = useText(planningText);
  const client = useQueryClient();
  const { groups } = useGroups();
  const plan = read.data;
  const editor = useEditor<PlanDraft, Plan>({
    key: `plan:${plan.id}`,
    read,
    draftOf: planDraft,
    save: (draft, tag, before) => writePlan(plan.id, planBody(draft, before ?? plan), tag),
    reread: () => readPlan(plan.id),
    onSaved: () => {
      void client.invalidateQueries({ queryKey: keys.plans });
      toast({ text: t("saved") });
      onClose();
    },
  });
  const { problem, errorOf } = useFormProblem(editor.error, PLAN_FIELDS);
  const { draft, change } = editor;
  const labelOf = useLabels();
  const shownOf = useShownOf();
  return (
    <EditSheet
      title={t("edit")}
      shape="wide"
      onClose={onClose}
      editor={editor}
      problem={problem}
      labelOf={labelOf}
      shownOf={shownOf}
      below={
        <div className={styles.below}>
          <PlanChanges before={planDraft(plan)} after={draft} />
          <PlanTrial
            planId={plan.id}
            body={planBody(draft, plan)}
            today={dayIn(new Date(), zoneOf(groups, plan.group_id))}
          />
        </div>
      }
    >
      <TextField
        label={t("name")}
        value={draft.name}
        onChange={(name) => change({ name })}
        maxLength={100}
        isRequired
        error={errorOf("name")}
      />
      <Switch
        label={t("active")}
        isSelected={draft.active}
        onChange={(active) => change({ active })}
      />
      <section className={styles.part} aria-label={t("rules")}>
        <h3>{t("rules")}</h3>
        <p className={styles.note}>{t("rulesHelp")}</p>
        <RuleList
          rules={draft.rules}
          onChange={(rules) => change({ rules })}
          errorOf={(field) => errorOf(field)}
        />
      </section>
      <DayFields draft={draft} change={change} errorOf={errorOf} />
      <NoticeFields draft={draft} change={change} errorOf={errorOf} />
    </EditSheet>
  );
}

/** What fields are called where somebody has to choose between two versions. */
function useLabels(): (field: keyof PlanDraft & string) => string {
  const t = useText(planningText);
  const labels: Record<keyof PlanDraft, string> = {
    name: t("name"),
    active: t("active"),
    rules: t("rules"),
    visiting_weekdays: t("weekdays"),
    worked_weekends: t("workedWeekends"),
    target_per_day: t("target"),
    capacity_per_day: t("capacity"),
    day_from: t("dayFrom"),
    day_until: t("dayUntil"),
    announce_time: t("announceTime"),
    announce_same_day_time: t("announceSameDay"),
    notice_visit: t("noticeVisit"),
    notice_call: t("noticeCall"),
  };
  return (field) => labels[field];
}

function useShownOf(): (field: keyof PlanDraft & string, draft: PlanDraft) => string {
  const c = useText(common);
  const { cadenceOf } = useRuleWords();
  return (field, draft) => {
    const value = draft[field];
    if (field === "rules") {
      return draft.rules
        .map(({ classes, tiers, cadences }) =>
          [classes, tiers, cadenceOf({ cadences: [...cadences] })].filter(Boolean).join(" "),
        )
        .join("；");
    }
    if (typeof value === "boolean") return c(value ? "yes" : "no");
    return Array.isArray(value) ? value.join("、") : String(value);
  };
}
