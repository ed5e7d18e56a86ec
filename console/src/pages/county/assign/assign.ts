import { today } from "@internationalized/date";
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import { Problem } from "../../../api/problem";
import { browserZone } from "../../../kit/days";
import type { RequestKeyHeader } from "../../../kit/useRequestKey";

export type Task = Schema<"NamedTaskView">;
export type Order = Omit<
  Schema<"TaskAssignBody">,
  "preview" | "plan_tag" | "manager_ids" | "why"
> & {
  manager_ids?: string[];
};
export type Plan = Schema<"AssignPreviewView">;
export type Assignment = Schema<"AssignmentView">;

/** The keys of what is read here; all begin with "assign". */
export const keys = {
  all: ["assign"] as const,
  tasks: (query: object) => ["assign", "tasks", query] as const,
  load: ["assign", "load"] as const,
  plan: (order: Order | null) => ["assign", "plan", order] as const,
  order: (id: string) => ["assign", "order", id] as const,
};

const LOOKED_BACK_DAYS = 90;

/** How many tasks of the last three months each manager has open. */
export const loadQuery = queryOptions({
  queryKey: keys.load,
  queryFn: async ({ signal }) => {
    const now = today(browserZone());
    const query = {
      by: ["manager" as const],
      from: now.subtract({ days: LOOKED_BACK_DAYS }).toString(),
      until: now.add({ days: 1 }).toString(),
    };
    const path = { report: "tasks" as const };
    const answer = await dataOf(
      api.GET("/v1/reports/{report}", { params: { path, query }, signal }),
    );
    if (typeof answer === "string") throw new Problem(0, "other", "text/csv");
    return new Map(
      answer.rows.map((row) => [row.keys.manager_id ?? "", row.figures.still_open ?? 0]),
    );
  },
  staleTime: 30_000,
});

/** What an order would do now; asked anew whenever the order is another one. */
export function usePlan(order: Order | null) {
  return useQuery({
    queryKey: keys.plan(order),
    queryFn: ({ signal }) => plan(order, signal),
    enabled: order !== null,
    placeholderData: keepPreviousData,
    // Managers and tasks change all the time: what is shown must be of now.
    staleTime: 0,
    gcTime: 0,
  });
}

async function plan(order: Order | null, signal: AbortSignal): Promise<Plan> {
  if (order === null) throw Problem.unreachable();
  const answer = await dataOf(
    api.POST("/v1/tasks/assign", { body: bodyOf(order, { preview: true }), signal }),
  );
  if ("plan_tag" in answer) return answer;
  throw new Problem(0, "other", "no preview");
}

/** What is sent to have done exactly what the plan said. */
export function givenBy(order: Order, planTag: string): Schema<"TaskAssignBody"> {
  return bodyOf(order, { plan_tag: planTag });
}

/** Do exactly what the plan said, or throw `Problem` `assignment-changed`. */
export async function give(
  body: Schema<"TaskAssignBody">,
  header: RequestKeyHeader,
): Promise<Assignment> {
  const answer = await dataOf(api.POST("/v1/tasks/assign", { params: { header }, body }));
  if ("id" in answer) return answer;
  throw new Problem(0, "other", "no order");
}

function bodyOf(
  order: Order,
  more: { preview?: boolean; plan_tag?: string },
): Schema<"TaskAssignBody"> {
  return { manager_ids: [], why: "", preview: false, ...order, ...more };
}

const LOOKED_AT_MS = 500;

/** How far an order is; read again until it is over. */
export function useAssignment(first: Assignment | undefined) {
  const id = first?.id ?? "";
  return useQuery({
    queryKey: keys.order(id),
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/tasks/assignments/{assignment_id}", {
          params: { path: { assignment_id: id } },
          signal,
        }),
      ),
    enabled: first !== undefined,
    refetchInterval: ({ state }) => (state.data?.state === "running" ? LOOKED_AT_MS : false),
    ...(first === undefined ? {} : { initialData: first }),
    staleTime: 0,
  });
}

/** Who had each task before: what an order by selection is taken back with. */
export type Before = ReadonlyMap<string, string | null>;

type Change = Schema<"TaskChangeBody">;

/** Give every task back to whom it was, one by one: those of nobody are nobody's again. */
export async function takeBack(before: Before): Promise<void> {
  for (const [taskId, managerId] of before) {
    const change: Partial<Change> = { manager_id: managerId };
    await api.PATCH("/v1/tasks/{task_id}", {
      params: { path: { task_id: taskId } },
      // What a PATCH does not name stays; the types ask for what has a default all the same.
      body: change as Change,
    });
  }
}
