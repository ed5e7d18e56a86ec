import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, dataOf } from "../../../api/client";
import { problemFrom } from "../../../api/problem";
import { customerQuery } from "../call/useWhom";
import { keys } from "../keys";
import type { Task } from "../tasks/sections";
import { type Entry, timelineOf } from "./timeline";

/** Entries of a history that are looked at without asking for more. */
const CALLS = 50;
const TASKS = 100;
const NO_TASKS: readonly Task[] = [];

export function useCustomer(id: string | null) {
  const query = useQuery({ ...customerQuery(id ?? ""), enabled: id !== null });
  return { customer: query.data, problem: problemFrom(query.error), retry: query.refetch };
}

export interface History {
  /** Undefined while it is being read. */
  entries: readonly Entry[] | undefined;
  open: readonly Task[];
}

/** What there was, and what there is to be done: as far as it concerns the reader. */
export function useHistory(id: string | null): History {
  const calls = useQuery({
    queryKey: keys.customerCalls(id ?? ""),
    enabled: id !== null,
    queryFn: async ({ signal }) => {
      const query = { customer_id: id, limit: CALLS };
      return (await dataOf(api.GET("/v1/calls", { params: { query }, signal }))).items;
    },
  });
  const tasks = useQuery({
    queryKey: keys.customerTasks(id ?? ""),
    enabled: id !== null,
    queryFn: async ({ signal }) => {
      const query = { customer_id: id, limit: TASKS };
      return (await dataOf(api.GET("/v1/tasks", { params: { query }, signal }))).items;
    },
  });
  const entries = useMemo(
    () => (calls.data && tasks.data ? timelineOf(calls.data, tasks.data) : undefined),
    [calls.data, tasks.data],
  );
  const open = useMemo(
    () => tasks.data?.filter(({ closed_at }) => closed_at === null) ?? NO_TASKS,
    [tasks.data],
  );
  return { entries, open };
}

/** A colleague's name. */
export function useManagerName(id: string | null | undefined): string | undefined {
  const { data } = useQuery({
    queryKey: ["manager", "name", id],
    enabled: id !== null && id !== undefined,
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/managers/{manager_id}", {
          params: { path: { manager_id: id ?? "" } },
          signal,
        }),
      ),
    staleTime: 300_000,
  });
  return data?.name;
}
