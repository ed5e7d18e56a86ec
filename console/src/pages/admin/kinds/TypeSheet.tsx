import { useQuery } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { priorities } from "../../../text/codes";
import { kindsText } from "../../../text/kinds";
import { useText } from "../../../text/words";
import { FieldRules } from "./FieldRules";
import { KindSheet, NamesAndCode } from "./KindSheet";
import { TASK_TYPES, taskTypesQuery } from "./kinds";
import { ResultPreview } from "./ResultPreview";
import { ResultRules } from "./ResultRules";
import { AfterFields, AttemptFields, TypeTimes } from "./TypeFields";
import type { TypeDraft } from "./typeDraft";

/** One type of tasks, or a new one. */
export function TypeSheet({ name, onClose }: { name: string; onClose(): void }) {
  const t = useText(kindsText);
  const { data: all } = useQuery(taskTypesQuery);
  const labels = useTypeLabels();
  return (
    <KindSheet
      kind={TASK_TYPES}
      name={name}
      newTitle={t("newType")}
      taken={all?.items.map((one) => one.name) ?? []}
      onClose={onClose}
      shape="wide"
      {...labels}
      takingBack={({ is_built_in, is_edited }) => {
        if (!is_edited) return null;
        if (!is_built_in) return { title: t("deleteType"), detail: t("deleteTypeDetail") };
        return {
          action: t("restore"),
          icon: RotateCcw,
          title: t("restoreType"),
          detail: t("restoreTypeDetail"),
        };
      }}
    >
      {(form) => (
        <>
          <NamesAndCode {...form} />
          <ResultRules
            rows={form.draft.results}
            onChange={(results) => form.change({ results })}
            errorOf={form.errorOf}
            isDisabled={form.isDisabled}
          />
          <ResultPreview rows={form.draft.results} />
          <TypeTimes {...form} />
          <AttemptFields {...form} />
          <FieldRules
            rows={form.draft.fields}
            onChange={(fields) => form.change({ fields })}
            errorOf={form.errorOf}
            isDisabled={form.isDisabled}
          />
          <AfterFields {...form} />
        </>
      )}
    </KindSheet>
  );
}

/** How a field is called and what it holds, where two versions are shown. */
function useTypeLabels() {
  const t = useText(kindsText);
  const priority = useText(priorities);
  const labels: Record<keyof TypeDraft, string> = {
    name: t("code"),
    names: t("name"),
    priority: t("priority"),
    due: t("due"),
    contact: t("contact"),
    closeDays: t("close"),
    escalates: t("escalates"),
    needsContact: t("needsContact"),
    asksResult: t("asksResult"),
    results: t("results"),
    fields: t("fields"),
    most: t("most"),
    perDay: t("perDay"),
    spacing: t("spacing"),
    scriptId: t("script"),
    followUpType: t("followUp"),
    followUpDays: t("followUpDays"),
  };
  const shownOf = (field: keyof TypeDraft, draft: TypeDraft): string => {
    if (field === "priority") return priority(draft.priority);
    if (field === "names") return Object.values(draft.names).join("、");
    if (field === "results") return listed(draft.results);
    if (field === "fields") return listed(draft.fields);
    if (field === "due" || field === "contact" || field === "spacing") {
      const { amount, unit } = draft[field];
      return amount === "" ? "" : `${amount} ${t(`unit_${unit}`)}`;
    }
    return String(draft[field] ?? "");
  };
  return { labelOf: (field: keyof TypeDraft) => labels[field], shownOf };
}

/** Rows by what they are called. */
function listed(rows: readonly { names: Readonly<Record<string, string>> }[]): string {
  return rows.map(({ names }) => names.zh ?? names.en ?? "–").join("、");
}
