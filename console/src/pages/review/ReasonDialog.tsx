import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { TextField } from "../../kit/Field";
import formStyles from "../../kit/Form.module.css";
import { ProblemNote } from "../../kit/States";
import { useProblem } from "../../kit/useProblem";
import { common } from "../../text/common";
import { reviewText } from "../../text/review";
import { useText } from "../../text/words";

export interface ReasonDialogProps<Done> {
  title: string;
  /** What will be done, in a sentence or two. */
  detail: string;
  /** What the button does, as a verb. */
  action: string;
  onClose(): void;
  /** Does it, for the reason that was typed; the dialog stays open, with the fault, if it fails. */
  onDo(why: string): Promise<Done>;
  /** Takes what was done, and closes. */
  onDone?(done: Done): void;
  /** What is shown in place of the form once it is done, where the dialog stays open. */
  outcome?(done: Done): ReactNode;
  /** What else is asked, above the reason. */
  children?: ReactNode;
  /** Something that is asked above the reason is missing. */
  isIncomplete?: boolean;
}

/** Asks why, and does something with recordings: nothing of it is done without a reason. */
export function ReasonDialog<Done>({
  title,
  detail,
  action,
  onClose,
  onDo,
  onDone,
  outcome,
  children,
  isIncomplete = false,
}: ReasonDialogProps<Done>) {
  const t = useText(reviewText);
  const c = useText(common);
  const [why, setWhy] = useState("");
  const doing = useMutation({ mutationFn: () => onDo(why), onSuccess: (done) => onDone?.(done) });
  const { problem, errorOf } = useProblem(doing.error, ["why"]);
  const shown = doing.data === undefined ? undefined : outcome?.(doing.data);
  return (
    <Dialog
      title={title}
      isOpen
      onClose={onClose}
      actions={
        shown === undefined && (
          <>
            <Button onPress={onClose}>{c("cancel")}</Button>
            <Button
              look="primary"
              isPending={doing.isPending}
              isDisabled={why.trim() === "" || isIncomplete}
              onPress={() => doing.mutate()}
            >
              {action}
            </Button>
          </>
        )
      }
    >
      {shown ?? (
        <div className={formStyles.form}>
          <p>{detail}</p>
          {children}
          <TextField
            label={t("why")}
            value={why}
            onChange={setWhy}
            error={errorOf("why")}
            isRequired
            autoFocus={children === undefined}
          />
          <ProblemNote problem={problem} />
        </div>
      )}
    </Dialog>
  );
}
