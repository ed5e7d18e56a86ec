import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import { managersQuery } from "../../../api/directory";
import { useMay } from "../../../api/session";
import { useMutationToast } from "../../../kit/useMutationToast";
import { awayText } from "../../../text/away";
import { useText } from "../../../text/words";
import { keys } from "../keys";
import { type Me, useManagerId, useMe } from "../useMe";
import { isAway } from "./awayTimes";

type Manager = Schema<"ManagerView">;

/** The own record where one may say of it who is away; `isAway` at `now`. */
export function useAway(now: Date): { manager: Manager; isAway: boolean } | undefined {
  const manager = useMe()?.manager;
  const may = useMay("managers.away");
  return may && manager !== undefined ? { manager, isAway: isAway(manager, now) } : undefined;
}

/** Says that one is away; its problem is the form's to show. */
export function useGoAway() {
  const client = useQueryClient();
  const params = { path: { manager_id: useManagerId() } };
  return useMutation({
    mutationFn: (body: Schema<"AwayBody">) =>
      dataOf(api.PUT("/v1/managers/{manager_id}/away", { params, body })),
    onSuccess: (manager) => putMe(client, manager),
  });
}

/** Says that one is back. */
export function useComeBack() {
  const t = useText(awayText);
  const client = useQueryClient();
  const params = { path: { manager_id: useManagerId() } };
  return useMutationToast({
    mutationFn: () => dataOf(api.DELETE("/v1/managers/{manager_id}/away", { params })),
    onSuccess: (manager) => putMe(client, manager),
    done: () => t("backDone"),
  });
}

function putMe(client: QueryClient, manager: Manager): void {
  client.setQueryData<Me>(keys.me, (known) => known && { ...known, manager });
  void client.invalidateQueries({ queryKey: managersQuery.queryKey });
}
