import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import { useLive } from "../../../api/live";
import { problemFrom } from "../../../api/problem";
import { useMutationToast } from "../../../kit/useMutationToast";
import { useRequestKey } from "../../../kit/useRequestKey";
import { keys } from "../keys";
import { useManagerId } from "../useMe";

export type Dialling = Schema<"DiallingView">;
export type DiallingOrder = "ready" | "skip" | "pause" | "stop";

const EVENTS = [
  "dialling.started",
  "dialling.shown",
  "dialling.changed",
  "dialling.stopped",
] as const;

/** The own list that is worked through; null: none. */
export function useDialling() {
  const client = useQueryClient();
  const managerId = useManagerId();
  const query = useQuery({
    queryKey: keys.dialling,
    queryFn: async ({ signal }) => {
      const params = { query: { manager_id: managerId, going: true, limit: 1 } };
      const { items } = await dataOf(api.GET("/v1/diallings", { params, signal }));
      return items[0] ?? null;
    },
  });
  useLive(EVENTS, () => void client.invalidateQueries({ queryKey: keys.dialling }));
  return {
    dialling: query.data,
    problem: problemFrom(query.error),
    retry: () => void query.refetch(),
  };
}

export function useStartDialling() {
  const client = useQueryClient();
  const managerId = useManagerId();
  const request = useRequestKey();
  return useMutation({
    mutationFn: (wanted: Pick<Schema<"DiallingBody">, "mode" | "pause_s" | "types">) => {
      const body = { ...wanted, manager_id: managerId };
      return dataOf(
        api.POST("/v1/diallings", { params: { header: request.headerFor(body) }, body }),
      );
    },
    onSuccess: (begun) => {
      request.renew();
      put(client, begun);
    },
  });
}

/** What is said to a list that goes on. */
export function useOrder(dialling: Dialling) {
  const client = useQueryClient();
  const params = { path: { dialling_id: dialling.id } };
  return useMutationToast({
    mutationFn: (order: DiallingOrder) => {
      switch (order) {
        case "ready":
          return dataOf(api.POST("/v1/diallings/{dialling_id}/ready", { params }));
        case "skip":
          return dataOf(api.POST("/v1/diallings/{dialling_id}/skip", { params, body: null }));
        case "pause":
          return dataOf(api.POST("/v1/diallings/{dialling_id}/pause", { params }));
        case "stop":
          return dataOf(api.POST("/v1/diallings/{dialling_id}/stop", { params }));
      }
    },
    onSuccess: (changed) => put(client, changed),
  });
}

function put(client: QueryClient, dialling: Dialling): void {
  client.setQueryData(keys.dialling, dialling.state === "stopped" ? null : dialling);
}
