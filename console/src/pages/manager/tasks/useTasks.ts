import { fromDate, toCalendarDate, toCalendarDateTime, toZoned } from "@internationalized/date";
import {
  type QueryClient,
  queryOptions,
  useMutation,
  useMutationState,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { api, dataOf, type Schema } from "../../../api/client";
import { useLive } from "../../../api/live";
import { type Problem, problemFrom } from "../../../api/problem";
import { putCall } from "../call/useCalls";
import { keys } from "../keys";
import { useManagerId, useZone } from "../useMe";
import { type Section, sectionsOf, type Task } from "./sections";

const TASK_EVENTS = [
  "task.created",
  "task.assigned",
  "task.contacted",
  "task.completed",
  "task.cancelled",
  "task.overdue",
  "task.reminded",
  "call.ended",
  "disposition.received",
] as const;
/** Events of one moment, such as those of tasks given out together, are read together. */
const TOGETHER_MS = 150;
/** More open tasks than this nobody works through in a day; the rest is in the list of tasks. */
const PAGES = 5;
const NO_TASKS: readonly Task[] = [];

/** All open tasks of a manager, page by page. */
function openTasksQuery(managerId: string) {
  return queryOptions({
    queryKey: keys.openTasks,
    queryFn: async ({ signal }) => {
      const found: Task[] = [];
      let cursor: string | null = null;
      for (let page = 0; page < PAGES; page += 1) {
        const query: { manager_id: string; open: boolean; limit: number; cursor?: string } = {
          manager_id: managerId,
          open: true,
          limit: 200,
        };
        if (cursor !== null) query.cursor = cursor;
        const answer: Schema<"NamedTaskList"> = await dataOf(
          api.GET("/v1/tasks", { params: { query }, signal }),
        );
        found.push(...answer.items);
        cursor = answer.next_cursor;
        if (cursor === null) break;
      }
      return found;
    },
  });
}

export interface OpenTasks {
  tasks: readonly Task[];
  isPending: boolean;
  problem: Problem | null;
  retry(): void;
}

/** The own open tasks; `useTaskEvents` keeps them as they are. */
export function useOpenTasks(): OpenTasks {
  const query = useQuery(openTasksQuery(useManagerId()));
  return {
    tasks: query.data ?? NO_TASKS,
    isPending: query.isPending,
    // What is there is shown on: the stream's banner tells that it may be old.
    problem: query.data === undefined ? problemFrom(query.error) : null,
    retry: () => void query.refetch(),
  };
}

/** The day's list in its parts. */
export function useSections(tasks: readonly Task[], at: Date): Section[] {
  const zone = useZone();
  const end = endOfDay(at, zone).getTime();
  return useMemo(() => sectionsOf(tasks, new Date(end)), [tasks, end]);
}

/** The midnight that ends the day of `at`, by the group's clock and not the browser's. */
function endOfDay(at: Date, zone: string): Date {
  const day = toCalendarDate(fromDate(at, zone));
  return toZoned(toCalendarDateTime(day.add({ days: 1 })), zone).toDate();
}

/** Read tasks anew when the stream tells of a change; once, in the dock. */
export function useTaskEvents(): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useLive(TASK_EVENTS, () => {
    // The first of a burst begins the wait: an import that goes on for long is shown as it goes.
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void client.invalidateQueries({ queryKey: keys.tasks });
      void client.invalidateQueries({ queryKey: keys.customers });
    }, TOGETHER_MS);
  });
}

/** Which task comes next, and why. */
export function useNext() {
  return useQuery({
    queryKey: keys.next,
    queryFn: ({ signal }) => dataOf(api.GET("/v1/tasks/next", { signal })),
  });
}

/** The types of tasks by name; those of one's own, too. */
export function useTaskTypes(): ReadonlyMap<string, Schema<"TaskTypeView">> {
  const { data } = useQuery({
    queryKey: keys.types,
    queryFn: async ({ signal }) =>
      (await dataOf(api.GET("/v1/task-types", { params: { query: { limit: 200 } }, signal })))
        .items,
    staleTime: 300_000,
  });
  return useMemo(() => new Map(data?.map((type) => [type.name, type])), [data]);
}

export interface Told {
  callId: string | null;
  taskId: string | null;
  body: Schema<"TaskResultBody">;
  /** The task leaves the list at once, not when the answer is there: the form must outlive that. */
  isHasty: boolean;
}

/** What the answer asks to be done besides, such as `do_not_call`. */
export type Proposals = readonly string[];

/**
 * Tell what came of a task, or of a call without one. A task that it closes leaves the list at
 * once, and is back when that is refused.
 */
export function useTell() {
  const client = useQueryClient();
  return useMutation({
    mutationKey: keys.tell,
    mutationFn: tell,
    onMutate: async ({ taskId, body, isHasty }: Told) => {
      if (!isHasty || taskId === null || body.call_again_at != null) return undefined;
      await client.cancelQueries({ queryKey: keys.openTasks });
      const before = client.getQueryData<readonly Task[]>(keys.openTasks);
      client.setQueryData<readonly Task[]>(keys.openTasks, (tasks) =>
        tasks?.filter(({ id }) => id !== taskId),
      );
      return before;
    },
    onError: (_error, _told, before) => {
      if (before !== undefined) client.setQueryData(keys.openTasks, before);
      // What refused it may have changed the list since: somebody else has closed the task.
      void client.invalidateQueries({ queryKey: keys.tasks });
    },
    onSuccess: (_proposals, { callId }) => {
      if (callId !== null) void readCall(client, callId);
      void client.invalidateQueries({ queryKey: keys.tasks });
      void client.invalidateQueries({ queryKey: keys.figures });
      void client.invalidateQueries({ queryKey: keys.customers });
    },
  });
}

/** Ids of calls whose result is being told at this moment. */
export function useTelling(): readonly (string | null)[] {
  return useMutationState({
    filters: { mutationKey: keys.tell, status: "pending" },
    select: ({ state: { variables } }) => (isTold(variables) ? variables.callId : null),
  });
}

function isTold(value: unknown): value is Told {
  return typeof value === "object" && value !== null && "callId" in value && "body" in value;
}

async function tell({ callId, taskId, body }: Told): Promise<Proposals> {
  if (taskId !== null) {
    const params = { path: { task_id: taskId } };
    return (await dataOf(api.PUT("/v1/tasks/{task_id}/result", { params, body }))).proposes;
  }
  if (callId !== null) {
    const params = { path: { call_id: callId } };
    const { code, note } = body;
    await api.PUT("/v1/calls/{call_id}/disposition", { params, body: { code, note } });
  }
  return [];
}

async function readCall(client: QueryClient, callId: string): Promise<void> {
  const params = { path: { call_id: callId } };
  putCall(client, await dataOf(api.GET("/v1/calls/{call_id}", { params })));
}
