import type { FormEvent, ReactNode } from "react";
import type { Problem } from "../../../../api/problem";
import { Button } from "../../../../kit/Button";
import { ConflictNote } from "../../../../kit/editor/ConflictNote";
import type { Editor } from "../../../../kit/editor/useEditor";
import formStyles from "../../../../kit/Form.module.css";
import { ProblemNote } from "../../../../kit/States";
import { common } from "../../../../text/common";
import { editingText } from "../../../../text/editing";
import { useText } from "../../../../text/words";
import parts from "./parts.module.css";

export interface EditFormProps<Draft extends object> {
  editor: Editor<Draft>;
  problem: Problem | null;
  /** The name of a field, and what it holds, for whoever has to choose between two. */
  labelOf(field: keyof Draft & string): string;
  shownOf(field: keyof Draft & string, draft: Draft): string;
  children: ReactNode;
}

/** The part of a sheet in which what it shows is changed, saved by its own button. */
export function EditForm<Draft extends object>({
  editor,
  problem,
  labelOf,
  shownOf,
  children,
}: EditFormProps<Draft>) {
  const c = useText(common);
  const d = useText(editingText);
  const mustChoose = (editor.conflict?.conflicts.length ?? 0) > 0;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!mustChoose) editor.submit();
  };
  return (
    <form className={formStyles.form} onSubmit={submit}>
      <h3>{c("edit")}</h3>
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
      <div className={parts.bar}>
        <Button look="primary" type="submit" isPending={editor.isSaving} isDisabled={mustChoose}>
          {c("save")}
        </Button>
        {editor.isChanged && (
          <Button look="quiet" onPress={editor.discard}>
            {d("discard")}
          </Button>
        )}
      </div>
    </form>
  );
}
