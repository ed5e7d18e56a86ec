import { useQueryClient } from "@tanstack/react-query";
import { api, dataOf } from "../../../api/client";
import { useMutationToast } from "../../../kit/useMutationToast";
import type { Call } from "./phase";
import { putCall } from "./useCalls";

/** What can be done with a call that runs; why something is refused is said at once. */
export function useCallCommands({ id, held_by }: Call) {
  const client = useQueryClient();
  const params = { path: { call_id: id } };
  const onSuccess = (call: Call): void => putCall(client, call);
  const hangUp = useMutationToast({
    mutationFn: () => dataOf(api.POST("/v1/calls/{call_id}/hangup", { params })),
    onSuccess,
  });
  const hold = useMutationToast({
    mutationFn: () =>
      dataOf(api.POST("/v1/calls/{call_id}/hold", { params, body: { on: held_by === null } })),
    onSuccess,
  });
  const complete = useMutationToast({
    mutationFn: () => dataOf(api.POST("/v1/calls/{call_id}/transfer/complete", { params })),
    onSuccess,
  });
  const goBack = useMutationToast({
    mutationFn: () => dataOf(api.POST("/v1/calls/{call_id}/transfer/cancel", { params })),
    onSuccess,
  });
  return { hangUp, hold, complete, goBack };
}
