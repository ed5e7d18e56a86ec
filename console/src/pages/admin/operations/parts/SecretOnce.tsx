import { Copy } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "../../../../kit/Button";
import { Dialog } from "../../../../kit/Dialog";
import { toast } from "../../../../kit/toast";
import { accessText } from "../../../../text/access";
import { common } from "../../../../text/common";
import { useText } from "../../../../text/words";
import styles from "./parts.module.css";

/** Browsers give pages the clipboard over https and on this machine only. */
const CAN_COPY = globalThis.navigator !== undefined && "clipboard" in navigator;

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
  const c = useText(common);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(secret ?? "");
    toast({ text: c("copied") });
  };
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
      <div className={styles.form}>
        <p className={styles.once}>{t("shownOnce")}</p>
        <div className={styles.secret}>
          <code data-testid="secret">{secret}</code>
          {CAN_COPY && (
            <Button icon={Copy} onPress={() => void copy()} autoFocus>
              {c("copy")}
            </Button>
          )}
        </div>
        {children}
      </div>
    </Dialog>
  );
}
