import { BellOff } from "lucide-react";
import { api } from "../../../api/client";
import { Button } from "../../../kit/Button";
import { useMutationToast } from "../../../kit/useMutationToast";
import { callText } from "../../../text/manager";
import { useText } from "../../../text/words";
import styles from "./CallDock.module.css";

export interface WishStripProps {
  taskId: string;
  name: string;
  onDone(): void;
}

/** After a refusal: whether the customer wishes not to be called at all any more. */
export function WishStrip({ taskId, name, onDone }: WishStripProps) {
  const t = useText(callText);
  const note = useMutationToast({
    mutationFn: async () => {
      const params = { path: { task_id: taskId } };
      const body = { reason: t("wishReason") };
      await api.POST("/v1/tasks/{task_id}/do-not-call", { params, body });
    },
    onSuccess: onDone,
    done: () => t("wishSaved"),
  });
  return (
    <div className={styles.strip}>
      <BellOff size={20} aria-hidden className={styles.icon} />
      <div className={styles.who}>
        <span className={styles.name}>{name}</span>
        <span className={styles.state}>{t("wish")}</span>
      </div>
      <div className={styles.actions}>
        <Button onPress={onDone}>{t("wishNo")}</Button>
        <Button look="primary" isPending={note.isPending} onPress={() => note.mutate()}>
          {t("wishYes")}
        </Button>
      </div>
    </div>
  );
}
