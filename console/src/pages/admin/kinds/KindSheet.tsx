import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import type { Versioned } from "../../../kit/editor/conflict";
import { useEditor } from "../../../kit/editor/useEditor";
import { useFormProblem } from "../../../kit/editor/useFormProblem";
import { TextField } from "../../../kit/Field";
import { toast } from "../../../kit/toast";
import { kindsText } from "../../../text/kinds";
import { useText } from "../../../text/words";
import { DeleteButton } from "../editor/DeleteButton";
import { EditSheet } from "../editor/EditSheet";
import editorStyles from "../editor/editor.module.css";
import { ReadingSheet } from "../editor/Reading";
import { NEW } from "../editor/useEdited";
import { DocumentView } from "./DocumentView";
import { KINDS, type Kind, type Named } from "./kinds";
import { NameFields } from "./NameFields";
import { useKindName, useMayWriteKinds } from "./useKindNames";
import { useNewName } from "./useNewName";

/** What the parts of a form of a type, or of a kind, are given. */
export interface KindForm<Draft extends object> {
  draft: Draft;
  change(changes: Partial<Draft>): void;
  errorOf(field: string): string | undefined;
  isDisabled: boolean;
  isNew: boolean;
  /** What is wrong with the name that a new one is given. */
  nameError: string | undefined;
}

/** What brings the shipped one back, or takes one's own away. */
export interface TakingBack {
  title: string;
  detail: string;
  /** What it is called, where it is not to delete. */
  action?: string;
  icon?: LucideIcon;
}

export interface KindSheetProps<View extends Named, Draft extends Named, Body extends object> {
  kind: Kind<View, Draft, Body>;
  /** `NEW`: one that is not there yet. */
  name: string;
  newTitle: string;
  /** The names of all that there are. */
  taken: readonly string[];
  onClose(): void;
  shape?: "sheet" | "wide";
  /** The name of a field, and what it holds, for whoever has to choose between two versions. */
  labelOf(field: keyof Draft & string): string;
  shownOf(field: keyof Draft & string, draft: Draft): string;
  /** Null where there is nothing to take back. */
  takingBack(known: View): TakingBack | null;
  children(form: KindForm<Draft>): ReactNode;
}

/** One type of tasks or kind of triggers, or a new one: read, edited, saved under its name. */
export function KindSheet<View extends Named, Draft extends Named, Body extends object>(
  props: KindSheetProps<View, Draft, Body>,
) {
  const { kind, name, onClose } = props;
  const query = useQuery({
    queryKey: [...KINDS, kind.of, "one", name],
    queryFn: () => kind.read(name),
    enabled: name !== NEW,
  });
  if (name === NEW) return <Form {...props} read={null} />;
  return (
    <ReadingSheet title={name} query={query} onClose={onClose}>
      {(read) => <Form {...props} read={read} />}
    </ReadingSheet>
  );
}

function Form<View extends Named, Draft extends Named, Body extends object>({
  kind,
  read,
  newTitle,
  taken,
  onClose,
  shape = "sheet",
  labelOf,
  shownOf,
  takingBack,
  children,
}: KindSheetProps<View, Draft, Body> & { read: Versioned<View> | null }) {
  const t = useText(kindsText);
  const client = useQueryClient();
  const nameOf = useKindName();
  const isDisabled = !useMayWriteKinds();
  const known = read?.data ?? null;
  const changed = (text: string): void => {
    void client.invalidateQueries({ queryKey: KINDS });
    toast({ text });
    onClose();
  };
  const edited = useEditor<Draft, View>({
    key: `kinds:${kind.of}:${known?.name ?? NEW}`,
    read,
    draftOf: kind.draftOf,
    save: (draft, tag) => kind.write(draft.name.trim(), kind.bodyOf(draft), tag),
    reread: () => kind.read(known?.name ?? ""),
    onSaved: () => changed(t("savedNow")),
  });
  const { editor, nameError } = useNewName(edited, known === null ? taken : null);
  const { draft, change } = editor;
  const { problem, errorOf } = useFormProblem(editor.error, kind.fields);
  const back = known === null || isDisabled ? null : takingBack(known);
  return (
    <EditSheet
      title={known === null ? newTitle : nameOf(known)}
      onClose={onClose}
      editor={editor}
      problem={problem}
      labelOf={labelOf}
      shownOf={shownOf}
      shape={shape}
      isReadOnly={isDisabled}
      more={
        known !== null &&
        back !== null && (
          <DeleteButton
            {...back}
            name={nameOf(known)}
            onDelete={async () => {
              await kind.restore(known.name);
              edited.discard();
              changed(t("restored"));
            }}
          />
        )
      }
      below={<DocumentView body={kind.bodyOf(draft)} />}
    >
      {isDisabled && <p className={editorStyles.help}>{t("readOnlyScope")}</p>}
      {children({ draft, change, errorOf, isDisabled, isNew: known === null, nameError })}
    </EditSheet>
  );
}

/** What it is called, and its name for programs, which stays; `children` stand beside them. */
export function NamesAndCode({
  draft,
  change,
  errorOf,
  isDisabled,
  isNew,
  nameError,
  children,
}: KindForm<Named> & { children?: ReactNode }) {
  const t = useText(kindsText);
  return (
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
        isDisabled={isDisabled || !isNew}
        {...(isNew ? { help: t("codeHelp") } : {})}
      />
      {children}
    </div>
  );
}
