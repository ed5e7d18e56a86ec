import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import type { PageOf } from "../../../api/pages";
import type { Versioned } from "../../../kit/editor/conflict";
import { ifMatch, versionedOf } from "../../../kit/editor/versioned";
import { useRequestKey } from "../../../kit/useRequestKey";
import { keys } from "../keys";
import type { PlanBody } from "./planDraft";

export type Plan = Schema<"PlanView">;
export type Run = Schema<"PlanRunView">;
export type Day = Schema<"ManagerDayView">;

const RUNNING_MS = 1_000;
/** 500 managers with every visiting day of a month are some 35 pages. */
const MOST_PAGES = 60;

export function isUnderWay(run: Pick<Run, "state">): boolean {
  return run.state === "waiting" || run.state === "running";
}

export function usePlans() {
  return useQuery({
    queryKey: keys.plans,
    queryFn: () => dataOf(api.GET("/v1/plans", { params: { query: { limit: 200 } } })),
  });
}

/** The runs of a plan, the newest first; looked at again while one is under way. */
export function useRuns(planId: string) {
  return useQuery({
    queryKey: keys.runs(planId),
    queryFn: () =>
      dataOf(
        api.GET("/v1/plans/{plan_id}/runs", {
          params: { path: { plan_id: planId }, query: { limit: 50 } },
        }),
      ),
    refetchInterval: ({ state }) =>
      state.data?.items.some(isUnderWay) === true ? RUNNING_MS : false,
  });
}

/** One plan with its version; a form begins with the newest. */
export const planQuery = (planId: string) =>
  queryOptions({ queryKey: keys.plan(planId), queryFn: () => readPlan(planId), gcTime: 0 });

export function readPlan(planId: string): Promise<Versioned<Plan>> {
  return versionedOf(api.GET("/v1/plans/{plan_id}", { params: { path: { plan_id: planId } } }));
}

/** Replace a plan, as long as it is what was read. */
export function writePlan(planId: string, body: PlanBody, tag: string | null): Promise<Plan> {
  const params = { path: { plan_id: planId }, header: ifMatch(tag) };
  return dataOf(api.PUT("/v1/plans/{plan_id}", { params, body }));
}

/** One run, looked at again while it is under way; null: none was begun. */
export function useRun(planId: string, runId: string | null) {
  return useQuery({
    queryKey: [...keys.runs(planId), runId],
    queryFn: () =>
      dataOf(
        api.GET("/v1/plans/{plan_id}/runs/{run_id}", {
          params: { path: { plan_id: planId, run_id: runId ?? "" } },
        }),
      ),
    enabled: runId !== null,
    refetchInterval: ({ state }) =>
      state.data === undefined || isUnderWay(state.data) ? RUNNING_MS : false,
  });
}

/** How many tasks each manager has on each day of a run that is done. */
export function useDays({ plan_id, id, state }: Run) {
  return useQuery({
    queryKey: keys.runDays(id),
    enabled: state === "completed",
    queryFn: async ({ signal }) => {
      const days: Day[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const { items, next_cursor }: PageOf<Day> = await dataOf(
          api.GET("/v1/plans/{plan_id}/runs/{run_id}/days", {
            params: {
              path: { plan_id, run_id: id },
              query: { limit: 200, ...(cursor === undefined ? {} : { cursor }) },
            },
            signal,
          }),
        );
        days.push(...items);
        if (next_cursor === null) break;
        cursor = next_cursor;
      }
      return days;
    },
  });
}

/** Plan a month, or only say what would be done; answers with the run that has begun. */
export function useStartRun(planId: string) {
  const client = useQueryClient();
  const request = useRequestKey();
  return useMutation({
    mutationFn: (body: { month: string; preview: boolean; plan?: PlanBody }) => {
      const params = { path: { plan_id: planId }, header: request.headerFor(body) };
      return dataOf(api.POST("/v1/plans/{plan_id}/runs", { params, body }));
    },
    onSuccess: () => {
      request.renew();
      return client.invalidateQueries({ queryKey: keys.runs(planId) });
    },
  });
}

/** What a new plan has until somebody edits it; without `rules` it takes the shipped ones. */
const USUAL = {
  active: true,
  day_from: "09:00",
  day_until: "18:00",
  capacity_per_day: 30,
  target_per_day: 15,
  worked_weekends: false,
  announce_time: "17:00",
  announce_same_day_time: "08:30",
  language: "zh",
} as const;

/** Make a plan with the shipped rules. */
export function useMakePlan() {
  const client = useQueryClient();
  const request = useRequestKey();
  return useMutation({
    mutationFn: (given: { name: string; group_id: string | null }) => {
      const body = { ...USUAL, ...given };
      return dataOf(api.POST("/v1/plans", { params: { header: request.headerFor(body) }, body }));
    },
    onSuccess: () => {
      request.renew();
      return client.invalidateQueries({ queryKey: keys.plans });
    },
  });
}
