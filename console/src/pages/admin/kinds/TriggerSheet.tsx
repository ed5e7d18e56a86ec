import { useQuery } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { Select } from "../../../kit/Field";
import { priorities } from "../../../text/codes";
import { kindsText } from "../../../text/kinds";
import { useText } from "../../../text/words";
import { type KindForm, KindSheet, NamesAndCode } from "./KindSheet";
import { TRIGGER_KINDS, triggerKindsQuery } from "./kinds";
import { ThresholdFields, TriggerTimes } from "./TriggerFields";
import type { TriggerDraft } from "./triggerDraft";
import { useTypeName, useTypeOptions } from "./useKindNames";

/** One kind of triggers, or a new one. */
export function TriggerSheet({ name, onClose }: { name: string; onClose(): void }) {
  const t = useText(kindsText);
  const { data: all } = useQuery(triggerKindsQuery);
  const labels = useTriggerLabels();
  return (
    <KindSheet
      kind={TRIGGER_KINDS}
      name={name}
      newTitle={t("newTrigger")}
      taken={all?.items.map((one) => one.name) ?? []}
      onClose={onClose}
      {...labels}
      takingBack={({ is_built_in, is_edited }) => {
        if (!is_edited) return null;
        return is_built_in
          ? {
              action: t("restore"),
              icon: RotateCcw,
              title: t("restoreTrigger"),
              detail: t("restoreTriggerDetail"),
            }
          : { title: t("deleteTrigger"), detail: t("deleteTriggerDetail") };
      }}
    >
      {(form) => (
        <>
          <NamesAndCode {...form}>
            <TaskField {...form} />
          </NamesAndCode>
          <ThresholdFields {...form} />
          <TriggerTimes {...form} />
        </>
      )}
    </KindSheet>
  );
}

/** What task follows. */
function TaskField({ draft, change, errorOf, isDisabled }: KindForm<TriggerDraft>) {
  const t = useText(kindsText);
  return (
    <Select
      label={t("task")}
      value={draft.task}
      onChange={(task) => change({ task })}
      options={useTypeOptions(draft.task)}
      error={errorOf("type") ?? errorOf("own_type")}
      isDisabled={isDisabled}
    />
  );
}

/** How a field is called and what it holds, where two versions are shown. */
function useTriggerLabels() {
  const t = useText(kindsText);
  const priority = useText(priorities);
  const typeName = useTypeName();
  const labels: Record<keyof TriggerDraft, string> = {
    name: t("code"),
    names: t("name"),
    task: t("task"),
    threshold: t("threshold"),
    times: t("times"),
    priority: t("priority"),
    escalates: t("escalates"),
  };
  const shownOf = (field: keyof TriggerDraft, draft: TriggerDraft): string => {
    if (field === "names") return Object.values(draft.names).join("、");
    if (field === "task") return draft.task === null ? "" : typeName(draft.task);
    if (field === "priority")
      return draft.priority === null ? t("asType") : priority(draft.priority);
    if (field === "threshold" && draft.threshold !== null) {
      const { fact, above, atMost } = draft.threshold;
      return `${fact} ${above && `> ${above}`} ${atMost && `≤ ${atMost}`}`;
    }
    if (field === "threshold") return t("always");
    if (field === "times" && draft.times !== null) {
      const { contact, closeDays } = draft.times;
      return `${contact.amount} ${t(`unit_${contact.unit}`)}、${closeDays} ${t("daysUnit")}`;
    }
    if (field === "times") return t("typeTimes");
    return String(draft[field]);
  };
  return { labelOf: (field: keyof TriggerDraft) => labels[field], shownOf };
}
