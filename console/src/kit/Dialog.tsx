import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { common } from "../text/common";
import { useText } from "../text/words";
import { Button } from "./Button";
import styles from "./Dialog.module.css";

export interface DialogProps {
  title: string;
  isOpen: boolean;
  onClose(): void;
  children: ReactNode;
  /** What to do with it, at the lower end. */
  actions?: ReactNode;
  /** `sheet`: at the right edge, over the full height; on a phone from below. */
  shape?: "box" | "wide" | "sheet";
  /** It can't be put away without an answer. */
  mustAnswer?: boolean;
}

/** Something above the page that has the keyboard until it is closed; Esc closes it. */
export function Dialog({
  title,
  isOpen,
  onClose,
  children,
  actions,
  shape = "box",
  mustAnswer = false,
}: DialogProps) {
  const t = useText(common);
  return (
    <ModalOverlay
      className={`${styles.overlay} ${shape === "sheet" ? styles.atEdge : ""}`}
      isOpen={isOpen}
      isDismissable={!mustAnswer}
      isKeyboardDismissDisabled={mustAnswer}
      onOpenChange={(open) => !open && onClose()}
    >
      <Modal className={`${styles.modal} ${styles[shape]}`}>
        <AriaDialog className={styles.dialog} {...(mustAnswer ? { role: "alertdialog" } : {})}>
          <header className={styles.header}>
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            {!mustAnswer && (
              <Button icon={X} iconOnly look="quiet" onPress={onClose}>
                {t("close")}
              </Button>
            )}
          </header>
          <div className={styles.body}>{children}</div>
          {actions !== undefined && <footer className={styles.footer}>{actions}</footer>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
