import type { ReactNode } from "react";
import { Button } from "../../../../kit/Button";
import { Copy } from "../../../../kit/Copy";
import { Dialog } from "../../../../kit/Dialog";
import { accessText } from "../../../../text/access";
import { useText } from "../../../../text/words";
import styles from "./parts.module.css";

export interface SecretOnceProps {
  title: string;
  /** Null: nothing is shown. It is in memory only, until the dialog is closed. */
  secret: string | null;
  onClose(): void;
  /** What to do with it. */
  children?: ReactNode;
}

/** A secret that the API tells this once: to be copied, then gone. */
export function SecretOnce({ title, secret, onClose, children }: SecretOnceProps) {
  const t = useText(accessText);
  return (
    <Dialog
      title={title}
      isOpen={secret !== null}
      onClose={onClose}
      mustAnswer
      actions={
        <Button look="primary" onPress={onClose}>
          {t("noted")}
        </Button>
      }
    >
      <div className={styles.stack}>
        <p className={styles.once}>{t("shownOnce")}</p>
        <div className={styles.secret}>
          <code data-testid="secret">{secret}</code>
          <Copy text={secret ?? ""} iconOnly={false} />
        </div>
        {children}
      </div>
    </Dialog>
  );
}
