import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMay } from "../../../api/session";
import type { Versioned } from "../../../kit/editor/conflict";
import { useEditor } from "../../../kit/editor/useEditor";
import { useFormProblem } from "../../../kit/editor/useFormProblem";
import { TextField } from "../../../kit/Field";
import { toast } from "../../../kit/toast";
import { smsTextsText } from "../../../text/smsTexts";
import { useText } from "../../../text/words";
import { DeleteButton } from "../editor/DeleteButton";
import { EditSheet } from "../editor/EditSheet";
import editorStyles from "../editor/editor.module.css";
import { ReadingSheet } from "../editor/Reading";
import {
  isOwn,
  readText,
  restoreText,
  type SmsText,
  TEXTS,
  textDraft,
  textQuery,
  writeText,
} from "./texts";

const FIELDS = ["texts.zh", "texts.en"] as const;
const LANGUAGES = ["zh", "en"] as const;

export interface TextSheetProps {
  kind: string;
  /** Whose text; "" for everybody's. */
  groupId: string;
  onClose(): void;
}

/** One text in both languages, with the slots that it may hold. */
export function TextSheet(props: TextSheetProps) {
  const t = useText(smsTextsText);
  const query = useQuery(textQuery(props.kind, props.groupId));
  return (
    <ReadingSheet title={t("title")} query={query} onClose={props.onClose}>
      {(read) => <Form {...props} read={read} />}
    </ReadingSheet>
  );
}

function Form({ kind, groupId, onClose, read }: TextSheetProps & { read: Versioned<SmsText> }) {
  const t = useText(smsTextsText);
  const client = useQueryClient();
  const mayWrite = useMay("task-types.write");
  const name = t(`kind_${read.data.kind}`);
  const changed = async (text: string): Promise<void> => {
    await client.invalidateQueries({ queryKey: TEXTS });
    toast({ text });
    onClose();
  };
  const editor = useEditor({
    key: `sms-text:${groupId}:${kind}`,
    read,
    draftOf: textDraft,
    save: (draft, tag, before) => writeText(before ?? read.data, draft, groupId, tag),
    reread: () => readText(kind, groupId),
    onSaved: () => void changed(t("saved")),
  });
  const { problem, errorOf } = useFormProblem(editor.error, FIELDS);
  return (
    <EditSheet
      title={name}
      onClose={onClose}
      editor={editor}
      problem={problem}
      labelOf={(field) => t(field)}
      shownOf={(field, draft) => draft[field]}
      isReadOnly={!mayWrite}
      more={
        mayWrite &&
        isOwn(read.data) && (
          <DeleteButton
            title={t("restoreTitle")}
            detail={t("restoreDetail")}
            name={name}
            onDelete={async () => {
              await restoreText(kind, groupId);
              editor.discard();
              await changed(t("restored"));
            }}
          />
        )
      }
    >
      <p className={editorStyles.help}>{useSlots(read.data)}</p>
      {LANGUAGES.map((language) => (
        <TextField
          key={language}
          label={t(language)}
          rows={5}
          value={editor.draft[language]}
          placeholder={read.data.texts[language]}
          onChange={(text) => editor.change({ [language]: text })}
          error={errorOf(`texts.${language}`)}
          isDisabled={!mayWrite}
        />
      ))}
      <p className={editorStyles.help}>{t("inherits")}</p>
      <p className={editorStyles.help}>{t("rules")}</p>
    </EditSheet>
  );
}

/** Which slots a text may hold, and which it must. */
function useSlots(of: SmsText): string {
  const t = useText(smsTextsText);
  if (of.slots.length === 0) return t("noSlots");
  const slots = t("slots", { slots: of.slots.map(written).join(" ") });
  const needed = of.slots.filter((one) => one.is_needed).map(written);
  return needed.length === 0 ? slots : t("needed", { slots, needed: needed.join(" ") });
}

function written(slot: SmsText["slots"][number]): string {
  return `{${slot.name}}`;
}
