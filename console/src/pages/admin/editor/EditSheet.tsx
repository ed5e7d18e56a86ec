import type { ReactNode } from "react";
import type { Problem } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import { ConflictNote } from "../../../kit/editor/ConflictNote";
import type { Editor } from "../../../kit/editor/useEditor";
import formStyles from "../../../kit/Form.module.css";
import { ProblemNote } from "../../../kit/States";
import { useShortcut } from "../../../kit/shortcuts";
import { common } from "../../../text/common";
import { editingText } from "../../../text/editing";
import { useText } from "../../../text/words";
import styles from "./editor.module.css";

export interface EditSheetProps<Draft extends object> {
  title: string;
  onClose(): void;
  editor: Editor<Draft>;
  problem: Problem | null;
  /** The name of a field, and what it holds, for whoever has to choose between two. */
  labelOf(field: keyof Draft & string): string;
  shownOf(field: keyof Draft & string, draft: Draft): string;
  /** What else can be done with it, at the left end. */
  more?: ReactNode;
  children: ReactNode;
  /** What is saved by itself: a form of its own below this one. */
  below?: ReactNode;
  shape?: "sheet" | "wide";
  /** Whoever looks may not save. */
  isReadOnly?: boolean;
}

/** A form at the edge of the page: its fields, what went wrong, save by Ctrl+Enter. */
export function EditSheet<Draft extends object>({
  title,
  onClose,
  editor,
  problem,
  labelOf,
  shownOf,
  more,
  children,
  below,
  shape = "sheet",
  isReadOnly = false,
}: EditSheetProps<Draft>) {
  const t = useText(common);
  const d = useText(editingText);
  const mustChoose = (editor.conflict?.conflicts.length ?? 0) > 0;
  const maySave = !mustChoose && !isReadOnly;
  useShortcut("mod+Enter", t("save"), editor.submit, maySave);
  return (
    <Dialog
      title={title}
      isOpen
      onClose={onClose}
      shape={shape}
      actions={
        <>
          {more !== undefined && <div className={styles.more}>{more}</div>}
          {editor.isChanged && !isReadOnly && (
            <Button look="quiet" onPress={editor.discard}>
              {d("discard")}
            </Button>
          )}
          {!isReadOnly && (
            <Button
              look="primary"
              hint="mod+Enter"
              isPending={editor.isSaving}
              isDisabled={mustChoose}
              onPress={editor.submit}
            >
              {t("save")}
            </Button>
          )}
        </>
      }
    >
      <form
        className={formStyles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (maySave) editor.submit();
        }}
      >
        {editor.conflict !== null && (
          <ConflictNote
            conflict={editor.conflict}
            draft={editor.draft}
            labelOf={labelOf}
            shownOf={shownOf}
            onDecide={editor.decide}
          />
        )}
        {children}
        <ProblemNote problem={problem} />
        {/* Enter in a field saves, as people expect of a form. */}
        <button type="submit" hidden disabled={!maySave} />
      </form>
      {below}
    </Dialog>
  );
}
