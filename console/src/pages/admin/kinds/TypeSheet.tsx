import { useQuery, useQueryClient } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import type { Versioned } from "../../../kit/editor/conflict";
import { useEditor } from "../../../kit/editor/useEditor";
import { useFormProblem } from "../../../kit/editor/useFormProblem";
import { TextField } from "../../../kit/Field";
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
import { FieldRules } from "./FieldRules";
import {
  KINDS,
  readTaskType,
  restoreTaskType,
  type TaskType,
  taskTypeQuery,
  taskTypesQuery,
  writeTaskType,
} from "./kinds";
import { NameFields } from "./NameFields";
import { ResultPreview } from "./ResultPreview";
import { ResultRules } from "./ResultRules";
import { AfterFields, AttemptFields, TimeFields } from "./TypeFields";
import { TYPE_FIELDS, type TypeDraft, typeBody, typeDraft } from "./typeDraft";
import { useKindName, useMayWriteKinds } from "./useKindNames";
import { useNewName } from "./useNewName";

/** One type of tasks, or a new one. */
export function TypeSheet({ name, onClose }: { name: string; onClose(): void }) {
  const query = useQuery({ ...taskTypeQuery(name), enabled: name !== NEW });
  if (name === NEW) return <Form read={null} onClose={onClose} />;
  return (
    <ReadingSheet title={name} query={query} onClose={onClose}>
      {(read) => <Form read={read} onClose={onClose} />}
    </ReadingSheet>
  );
}

function Form({ read, onClose }: { read: Versioned<TaskType> | null; onClose(): void }) {
  const t = useText(kindsText);
  const client = useQueryClient();
  const nameOf = useKindName();
  const isDisabled = !useMayWriteKinds();
  const known = read?.data ?? null;
  const { data: listed } = useQuery(taskTypesQuery);
  const edited = useEditor<TypeDraft, TaskType>({
    key: `task-type:${known?.name ?? NEW}`,
    read,
    draftOf: typeDraft,
    save: (draft, tag) => writeTaskType(draft.name.trim(), typeBody(draft), tag),
    reread: () => readTaskType(known?.name ?? ""),
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
  const { problem, errorOf } = useFormProblem(editor.error, TYPE_FIELDS);
  const { labelOf, shownOf } = useTypeLabels();
  const part = { draft, change, errorOf, isDisabled };
  return (
    <EditSheet
      title={known === null ? t("newType") : nameOf(known)}
      onClose={onClose}
      editor={editor}
      problem={problem}
      labelOf={labelOf}
      shownOf={shownOf}
      shape="wide"
      isReadOnly={isDisabled}
      more={
        known?.is_edited === true &&
        !isDisabled && (
          <TakeBack
            type={known}
            onDone={() => {
              edited.discard();
              changed(t("restored"));
            }}
          />
        )
      }
      below={<DocumentView body={typeBody(draft)} />}
    >
      {isDisabled && <p className={editorStyles.help}>{t("readOnlyScope")}</p>}
      <div className={editorStyles.pair}>
        <NameFields
          names={draft.names}
          onChange={(names) => change({ names })}
          error={errorOf("names")}
          isDisabled={isDisabled}
        />
        <TextField
          label={t("code")}
          value={draft.name}
          onChange={(name) => change({ name })}
          error={nameError}
          isDisabled={isDisabled || known !== null}
          {...(known === null ? { help: t("codeHelp") } : {})}
        />
      </div>
      <ResultRules
        rows={draft.results}
        onChange={(results) => change({ results })}
        errorOf={errorOf}
        isDisabled={isDisabled}
      />
      <ResultPreview rows={draft.results} />
      <TimeFields {...part} />
      <AttemptFields {...part} />
      <FieldRules
        rows={draft.fields}
        onChange={(fields) => change({ fields })}
        errorOf={errorOf}
        isDisabled={isDisabled}
      />
      <AfterFields {...part} />
    </EditSheet>
  );
}

function TakeBack({ type, onDone }: { type: TaskType; onDone(): void }) {
  const t = useText(kindsText);
  const nameOf = useKindName();
  return (
    <DeleteButton
      {...(type.is_built_in ? { action: t("restore"), icon: RotateCcw } : {})}
      title={t(type.is_built_in ? "restoreType" : "deleteType")}
      detail={t(type.is_built_in ? "restoreTypeDetail" : "deleteTypeDetail")}
      name={nameOf(type)}
      onDelete={async () => {
        await restoreTaskType(type.name);
        onDone();
      }}
    />
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
