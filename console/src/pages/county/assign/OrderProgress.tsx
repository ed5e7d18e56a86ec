import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { problemFrom } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import { Progress } from "../../../kit/Progress";
import { ProblemNote } from "../../../kit/States";
import { toast } from "../../../kit/toast";
import { assignText } from "../../../text/assign";
import { common } from "../../../text/common";
import { useText } from "../../../text/words";
import { type Assignment, type Before, keys, takeBack, useAssignment } from "./assign";
import styles from "./assign.module.css";
import { LeftOut } from "./PlanView";

/** How far the order is; at its end how many changed hands, and the way back. */
export function OrderProgress({
  first,
  before,
  onClose,
}: {
  first: Assignment;
  before: Before | null;
  onClose(): void;
}) {
  const t = useText(assignText);
  const c = useText(common);
  const client = useQueryClient();
  const { data: order = first } = useAssignment(first);
  const isOver = order.state !== "running";
  useEffect(() => {
    if (isOver) void client.invalidateQueries({ queryKey: keys.all });
  }, [client, isOver]);
  const undoing = useMutation({
    mutationFn: takeBack,
    onSuccess: () => {
      toast({ text: t("undone") });
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.all }),
  });
  return (
    <div className={styles.order}>
      {isOver ? (
        <p role="status" className={styles.over}>
          {order.state === "done" ? t("done", { count: order.moved }) : t("failed")}
        </p>
      ) : (
        <Progress label={t("doing")} value={order.position} max={order.tasks} />
      )}
      <LeftOut left={order.left_out} />
      <ProblemNote problem={problemFrom(undoing.error)} />
      {isOver && (
        <div className={styles.buttons}>
          {before !== null && order.moved > 0 && (
            <Button isPending={undoing.isPending} onPress={() => undoing.mutate(before)}>
              {t("undo")}
            </Button>
          )}
          <Button look="primary" autoFocus onPress={onClose}>
            {c("close")}
          </Button>
        </div>
      )}
    </div>
  );
}
