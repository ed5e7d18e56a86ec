import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { problemFrom } from "../api/problem";
import { common } from "../text/common";
import { useText } from "../text/words";
import { Button } from "./Button";
import styles from "./Confirm.module.css";
import { Dialog } from "./Dialog";
import { ProblemNote } from "./States";

export interface ConfirmProps {
  /** A question: 删除这个客户？ */
  title: string;
  /** What will happen, in words: to how many, for how long, whether it can be taken back. */
  children: ReactNode;
  /** What the button does, as a verb: 删除. */
  action: string;
  look?: "primary" | "danger";
  isOpen: boolean;
  onClose(): void;
  /** Does it; the dialog stays open, with the reason, when it fails. */
  onConfirm(): Promise<unknown>;
}

/** Asks before something is done that is not easily undone. The focus begins at "cancel". */
export function Confirm({
  title,
  children,
  action,
  look = "danger",
  isOpen,
  onClose,
  onConfirm,
}: ConfirmProps) {
  const t = useText(common);
  const doing = useMutation({ mutationFn: onConfirm, onSuccess: onClose });
  const close = (): void => {
    doing.reset();
    onClose();
  };
  return (
    <Dialog
      title={title}
      isOpen={isOpen}
      onClose={close}
      actions={
        <>
          <Button onPress={close} autoFocus>
            {t("cancel")}
          </Button>
          <Button look={look} isPending={doing.isPending} onPress={() => doing.mutate()}>
            {action}
          </Button>
        </>
      }
    >
      <div className={styles.content}>
        {children}
        <ProblemNote problem={problemFrom(doing.error)} />
      </div>
    </Dialog>
  );
}
