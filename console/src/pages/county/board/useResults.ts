import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, dataOf } from "../../../api/client";
import { useLive } from "../../../api/live";
import { keys } from "../keys";
import { isCall } from "./live-calls";
import { isTask, type Told, toldOfCall, toldOfTask, withTold } from "./results";

const TOLD = ["task.completed", "disposition.received"] as const;
/** What was told longer ago is no news. */
const SPAN_MS = 7 * 86_400_000;

/**
 * What managers told last: read when the board is opened, then each as it is told. What is known
 * stays: of results that are told while the board is not open no event is kept.
 */
export function useResults(): { told: readonly Told[]; isPending: boolean } {
  const client = useQueryClient();
  const { data, isPending } = useQuery({
    queryKey: keys.results,
    queryFn: async () => {
      const read = await readResults();
      return withTold(client.getQueryData<readonly Told[]>(keys.results) ?? [], read);
    },
    staleTime: 0,
  });
  useLive(TOLD, ({ data: of }) => {
    const one = isTask(of) ? toldOfTask(of) : isCall(of) ? toldOfCall(of) : null;
    if (one === null) return;
    client.setQueryData<readonly Told[]>(keys.results, (list) => withTold(list ?? [], [one]));
  });
  return { told: data ?? [], isPending };
}

async function readResults(): Promise<readonly Told[]> {
  const since = new Date(Date.now() - SPAN_MS).toISOString();
  const [tasks, calls] = await Promise.all([
    dataOf(
      api.GET("/v1/tasks", {
        params: { query: { state: "done", closed_from: since, limit: 50 } },
      }),
    ),
    dataOf(
      api.GET("/v1/calls", {
        params: { query: { outcome: "connected", from: since, limit: 50 } },
      }),
    ),
  ]);
  const told = [...tasks.items.map(toldOfTask), ...calls.items.map(toldOfCall)];
  return told.filter((one) => one !== null);
}
