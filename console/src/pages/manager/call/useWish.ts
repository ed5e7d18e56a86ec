import { api } from "../../../api/client";
import { useMutationToast } from "../../../kit/useMutationToast";
import { callText } from "../../../text/manager";
import { useText } from "../../../text/words";

/** Note, by the id of a task, that its customer asked not to be called any more. */
export function useWish(onDone?: () => void) {
  const t = useText(callText);
  return useMutationToast({
    mutationFn: async (taskId: string) => {
      const params = { path: { task_id: taskId } };
      const body = { reason: t("wishReason") };
      await api.POST("/v1/tasks/{task_id}/do-not-call", { params, body });
    },
    onSuccess: () => onDone?.(),
    done: () => t("wishSaved"),
  });
}
