import { useQuery, useQueryClient } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import type { Versioned } from "../../../kit/editor/conflict";
import { useEditor } from "../../../kit/editor/useEditor";
import { useFormProblem } from "../../../kit/editor/useFormProblem";
import { Select, TextField } from "../../../kit/Field";
import { toast } from "../../../kit/toast";
import { priorities } from "../../../text/codes";
import { kindsText } from "../../../text/kinds";
import { useText } from "../../../text/words";
import { DeleteButton } from "../editor/DeleteButton";
import { EditSheet } from "../editor/EditSheet";
import editorStyles from "../editor/editor.module.css";
import { ReadingSheet } from "../editor/Reading";
import { NEW } from "../editor/useEdited";
import { DocumentView } from "./DocumentView";
import {
  KINDS,
  readTriggerKind,
  restoreTriggerKind,
  type TriggerKind,
  triggerKindQuery,
  triggerKindsQuery,
  writeTriggerKind,
} from "./kinds";
import { NameFields } from "./NameFields";
import { ThresholdFields, TriggerTimes } from "./TriggerFields";
import { TRIGGER_FIELDS, type TriggerDraft, triggerBody, triggerDraft } from "./triggerDraft";
import { useKindName, useMayWriteKinds, useTypeName, useTypeOptions } from "./useKindNames";
import { useNewName } from "./useNewName";

/** One kind of triggers, or a new one. */
export function TriggerSheet({ name, onClose }: { name: string; onClose(): void }) {
  const query = useQuery({ ...triggerKindQuery(name), enabled: name !== NEW });
  if (name === NEW) return <Form read={null} onClose={onClose} />;
  return (
    <ReadingSheet title={name} query={query} onClose={onClose}>
      {(read) => <Form read={read} onClose={onClose} />}
    </ReadingSheet>
  );
}

function Form({ read, onClose }: { read: Versioned<TriggerKind> | null; onClose(): void }) {
  const t = useText(kindsText);
  const client = useQueryClient();
  const nameOf = useKindName();
  const isDisabled = !useMayWriteKinds();
  const known = read?.data ?? null;
  const { data: listed } = useQuery(triggerKindsQuery);
  const edited = useEditor<TriggerDraft, TriggerKind>({
    key: `trigger-kind:${known?.name ?? NEW}`,
    read,
    draftOf: triggerDraft,
    save: (draft, tag) => writeTriggerKind(draft.name.trim(), triggerBody(draft), tag),
    reread: () => readTriggerKind(known?.name ?? ""),
    onSaved: () => changed(t("savedNow")),
  });
  const changed = (text: string): void => {
    void client.invalidateQueries({ queryKey: KINDS });
    toast({ text });
    onClose();
  };
  const taken = known === null ? (listed?.items.map((one) => one.name) ?? []) : null;
  const { editor, nameError } = useNewName(edited, taken);
  const { draft, change } = editor;
  const { problem, errorOf } = useFormProblem(editor.error, TRIGGER_FIELDS);
  const { labelOf, shownOf } = useTriggerLabels();
  const types = useTypeOptions(draft.task);
  const part = { draft, change, errorOf, isDisabled };
  return (
    <EditSheet
      title={known === null ? t("newTrigger") : nameOf(known)}
      onClose={onClose}
      editor={editor}
      problem={problem}
      labelOf={labelOf}
      shownOf={shownOf}
      isReadOnly={isDisabled}
      more={
        known !== null &&
        !known.is_built_in &&
        !isDisabled && (
          <DeleteButton
            action={t("takeBack")}
            icon={RotateCcw}
            title={t("restoreTrigger")}
            detail={t("restoreTriggerDetail")}
            name={nameOf(known)}
            onDelete={async () => {
              await restoreTriggerKind(known.name);
              edited.discard();
              changed(t("restored"));
            }}
          />
        )
      }
      below={<DocumentView body={triggerBody(draft)} />}
    >
      {isDisabled && <p className={editorStyles.help}>{t("readOnlyScope")}</p>}
      <div className={editorStyles.pair}>
        <NameFields
          names={draft.names}
          onChange={(names) => change({ names })}
          error={errorOf("names")}
          isDisabled={isDisabled}
        />
      </div>
      <div className={editorStyles.pair}>
        <TextField
          label={t("code")}
          value={draft.name}
          onChange={(name) => change({ name })}
          error={nameError}
          isDisabled={isDisabled || known !== null}
          {...(known === null ? { help: t("codeHelp") } : {})}
        />
        <Select
          label={t("task")}
          value={draft.task}
          onChange={(task) => change({ task })}
          options={types}
          error={errorOf("type") ?? errorOf("own_type")}
          isDisabled={isDisabled}
        />
      </div>
      <ThresholdFields {...part} />
      <TriggerTimes {...part} />
    </EditSheet>
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
