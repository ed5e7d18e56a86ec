import { BellOff } from "lucide-react";
import { Button } from "../../../kit/Button";
import { callText } from "../../../text/manager";
import { useText } from "../../../text/words";
import styles from "./CallDock.module.css";
import { useWish } from "./useWish";

export interface WishStripProps {
  taskId: string;
  name: string;
  onDone(): void;
}

/** After a refusal: whether the customer wishes not to be called at all any more. */
export function WishStrip({ taskId, name, onDone }: WishStripProps) {
  const t = useText(callText);
  const note = useWish(onDone);
  return (
    <div className={styles.strip}>
      <BellOff size={20} aria-hidden className={styles.icon} />
      <div className={styles.who}>
        <span className={styles.name}>{name}</span>
        <span className={styles.state}>{t("wish")}</span>
      </div>
      <div className={styles.actions}>
        <Button onPress={onDone}>{t("wishNo")}</Button>
        <Button look="primary" isPending={note.isPending} onPress={() => note.mutate(taskId)}>
          {t("wishYes")}
        </Button>
      </div>
    </div>
  );
}
