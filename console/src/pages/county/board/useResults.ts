import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, dataOf } from "../../../api/client";
import { useLive } from "../../../api/live";
import { keys } from "../keys";
import { isCall } from "./live-calls";
import { isTask, type Told, toldOfCall, toldOfTask, withTold } from "./results";

const TOLD = ["task.completed", "disposition.received"] as const;

/** What managers told last: read once, then each as it is told. */
export function useResults(): { told: readonly Told[]; isPending: boolean } {
  const client = useQueryClient();
  const { data, isPending } = useQuery({
    queryKey: keys.results,
    queryFn: readResults,
    staleTime: Number.POSITIVE_INFINITY,
  });
  useLive(TOLD, ({ data: of }) => {
    const one = isTask(of) ? toldOfTask(of) : isCall(of) ? toldOfCall(of) : null;
    if (one === null) return;
    client.setQueryData<readonly Told[]>(keys.results, (list) => withTold(list ?? [], [one]));
  });
  return { told: data ?? [], isPending };
}

async function readResults(): Promise<readonly Told[]> {
  const { items } = await dataOf(
    api.GET("/v1/tasks", { params: { query: { state: "done", limit: 50 } } }),
  );
  return withTold(
    [],
    items.map(toldOfTask).filter((one) => one !== null),
  );
}
