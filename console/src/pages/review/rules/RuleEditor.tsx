import { Save, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { Problem } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import { Confirm } from "../../../kit/Confirm";
import { ConflictNote } from "../../../kit/editor/ConflictNote";
import type { Editor } from "../../../kit/editor/useEditor";
import { Page } from "../../../kit/Page";
import { ProblemNote } from "../../../kit/States";
import { useShortcut } from "../../../kit/shortcuts";
import { editingText } from "../../../text/editing";
import { rulesText } from "../../../text/reviewRules";
import { useText } from "../../../text/words";
import styles from "./Rules.module.css";

export interface RuleEditorProps<Draft extends object> {
  title: string;
  /** Null: it is new. */
  version: number | null;
  mayWrite: boolean;
  editor: Editor<Draft>;
  problem: Problem | null;
  labelOf(field: keyof Draft & string): string;
  shownOf(field: keyof Draft & string, draft: Draft): string;
  onDelete(): Promise<unknown>;
  children: ReactNode;
  /** Beside the form. */
  beside?: ReactNode;
}

/** The page around a script's or a scorecard's form: save, delete, what is wrong. */
export function RuleEditor<Draft extends object>({
  title,
  version,
  mayWrite,
  editor,
  problem,
  labelOf,
  shownOf,
  onDelete,
  children,
  beside,
}: RuleEditorProps<Draft>) {
  const t = useText(rulesText);
  const [deletes, setDeletes] = useState(false);
  const { conflict } = editor;
  return (
    <Page
      title={title}
      detail={version !== null && t("version", { version })}
      actions={
        mayWrite && (
          <>
            {version !== null && (
              <Button icon={Trash2} look="quiet" onPress={() => setDeletes(true)}>
                {t("delete")}
              </Button>
            )}
            <SaveButtons editor={editor} />
          </>
        )
      }
    >
      <div className={styles.form}>
        {conflict !== null && (
          <ConflictNote
            conflict={conflict}
            draft={editor.draft}
            labelOf={labelOf}
            shownOf={shownOf}
            onDecide={editor.decide}
          />
        )}
        <ProblemNote problem={problem} />
        <div className={styles.columns} data-alone={beside === undefined || undefined}>
          {children}
          {beside}
        </div>
      </div>
      <Confirm
        title={t("deleteTitle", { name: title })}
        action={t("delete")}
        isOpen={deletes}
        onClose={() => setDeletes(false)}
        onConfirm={onDelete}
      >
        {t("deleteDetail")}
      </Confirm>
    </Page>
  );
}

function SaveButtons<Draft extends object>({ editor }: { editor: Editor<Draft> }) {
  const t = useText(rulesText);
  const e = useText(editingText);
  const mustChoose = (editor.conflict?.conflicts.length ?? 0) > 0;
  const maySave = editor.isChanged && !mustChoose;
  useShortcut("mod+s", t("save"), editor.submit, maySave);
  return (
    <>
      {editor.isChanged && (
        <Button look="quiet" onPress={editor.discard}>
          {e("discard")}
        </Button>
      )}
      <Button
        icon={Save}
        look="primary"
        hint="mod+s"
        isPending={editor.isSaving}
        isDisabled={!maySave}
        onPress={editor.submit}
      >
        {t("save")}
      </Button>
    </>
  );
}
