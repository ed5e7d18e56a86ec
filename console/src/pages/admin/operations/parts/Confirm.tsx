import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { problemFrom } from "../../../../api/problem";
import { Button } from "../../../../kit/Button";
import { Dialog } from "../../../../kit/Dialog";
import { ProblemNote } from "../../../../kit/States";
import { common } from "../../../../text/common";
import { useText } from "../../../../text/words";

export interface ConfirmProps {
  title: string;
  /** What follows from it. */
  children: ReactNode;
  /** The word on the button that does it. */
  action: string;
  isOpen: boolean;
  onClose(): void;
  /** Do it; what it throws is shown here, and the dialog stays. */
  run(): Promise<unknown>;
  look?: "primary" | "danger";
}

/** Ask before something is done that can't be taken back; close when it was done. */
export function Confirm({
  title,
  children,
  action,
  isOpen,
  onClose,
  run,
  look = "danger",
}: ConfirmProps) {
  const t = useText(common);
  const { mutate, isPending, error, reset } = useMutation({ mutationFn: run, onSuccess: onClose });
  const close = (): void => {
    reset();
    onClose();
  };
  return (
    <Dialog
      title={title}
      isOpen={isOpen}
      onClose={close}
      actions={
        <>
          <Button onPress={close}>{t("cancel")}</Button>
          <Button look={look} isPending={isPending} onPress={() => mutate()} autoFocus>
            {action}
          </Button>
        </>
      }
    >
      {children}
      <ProblemNote problem={problemFrom(error)} />
    </Dialog>
  );
}
