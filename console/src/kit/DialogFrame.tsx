import { X } from "lucide-react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { common } from "../text/common";
import { useText } from "../text/words";
import { Button } from "./Button";
import type { DialogProps } from "./Dialog";
import styles from "./Dialog.module.css";

/** What a dialog is drawn as; pages use `Dialog`. */
export default function DialogFrame({
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
          {actions ? <footer className={styles.footer}>{actions}</footer> : null}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
