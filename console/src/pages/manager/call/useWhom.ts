import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, dataOf } from "../../../api/client";
import { dayText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { keys } from "../keys";
import type { Task } from "../tasks/sections";
import { useOpenTasks } from "../tasks/useTasks";
import type { Call } from "./phase";

export interface Whom {
  name: string;
  customerId: string | null;
  /** The open task that the call is for. */
  task: Task | undefined;
  /** Its task is still being read: what results it may come to is not known yet. */
  isPending: boolean;
}

export function customerQuery(id: string) {
  return queryOptions({
    queryKey: keys.customer(id),
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/customers/{customer_id}", { params: { path: { customer_id: id } }, signal }),
      ),
  });
}

/** Who is at the other end of a call: by its task, else by the directory, else the masked number. */
export function useWhom(call: Call): Whom {
  const t = useText(dayText);
  const { tasks, isPending } = useOpenTasks();
  const task = tasks.find(({ id }) => id === call.task_id);
  const id = call.customer_id;
  const { data } = useQuery({
    ...customerQuery(id ?? ""),
    enabled: id !== null && task?.customer == null,
  });
  const name = task?.customer?.name ?? data?.name ?? call.customer_masked ?? t("unknown");
  return { name, customerId: id, task, isPending: call.task_id !== null && isPending };
}
