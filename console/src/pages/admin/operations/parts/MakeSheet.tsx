import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useId } from "react";
import { Button } from "../../../../kit/Button";
import { Dialog } from "../../../../kit/Dialog";
import formStyles from "../../../../kit/Form.module.css";
import { ProblemNote } from "../../../../kit/States";
import { type FormProblem, useProblem } from "../../../../kit/useProblem";
import { type HeaderFor, useRequestKey } from "../../../../kit/useRequestKey";
import { common } from "../../../../text/common";
import { useText } from "../../../../text/words";

export interface MakeSheetProps {
  /** What is made: the title, and what the button says. */
  title: string;
  isOpen: boolean;
  onClose(): void;
  /**
   * Makes it, and hands on what is shown this once: whatever it returned would stay in the cache of
   * mutations, and a secret with it. `headerFor` has the same body made once.
   */
  make(headerFor: HeaderFor): Promise<void>;
  /** It is made: what was typed is done with. */
  onDone(): void;
  /** The list that has one more now. */
  listKey: QueryKey;
  /** The fields by the API's names whose problems `children` shows. */
  fields: readonly string[];
  children(errorOf: FormProblem["errorOf"]): ReactNode;
}

/** A sheet with the form of something new. */
export function MakeSheet({
  title,
  isOpen,
  onClose,
  make,
  onDone,
  listKey,
  fields,
  children,
}: MakeSheetProps) {
  const c = useText(common);
  const form = useId();
  const client = useQueryClient();
  const request = useRequestKey(isOpen);
  const making = useMutation({
    mutationFn: () => make(request.headerFor),
    onSuccess: () => {
      request.renew();
      onDone();
      onClose();
    },
    // After a failure, too: it may have been made, and only the answer is lost.
    onSettled: () => client.invalidateQueries({ queryKey: listKey }),
  });
  const { problem, errorOf } = useProblem(making.error, fields);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!making.isPending) making.mutate();
  };
  return (
    <Dialog
      title={title}
      shape="sheet"
      isOpen={isOpen}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{c("cancel")}</Button>
          <Button look="primary" type="submit" form={form} isPending={making.isPending}>
            {title}
          </Button>
        </>
      }
    >
      <form id={form} className={formStyles.form} onSubmit={submit}>
        {children(errorOf)}
        <ProblemNote problem={problem} />
      </form>
    </Dialog>
  );
}
