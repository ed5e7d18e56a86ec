import {
  type QueryClient,
  queryOptions,
  useMutation,
  useMutationState,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api, dataOf } from "../../../api/client";
import { useLive, useLiveState } from "../../../api/live";
import { problemFrom } from "../../../api/problem";
import { newRequestKey } from "../../../kit/useRequestKey";
import { keys } from "../keys";
import type { Task } from "../tasks/sections";
import { useManagerId } from "../useMe";
import { type Call, isRunning } from "./phase";

const CALL_EVENTS = [
  "call.initiated",
  "call.ringing",
  "call.answered",
  "call.bridged",
  "call.held",
  "call.unheld",
  "call.step",
  "call.transferred",
  "call.ended",
  "leg.ringing",
  "leg.answered",
  "leg.ended",
  "disposition.received",
] as const;
/** Events of one moment are read together. */
const TOGETHER_MS = 40;
const NEWEST = 5;
const NO_CALLS: readonly Call[] = [];

function callsQuery(managerId: string) {
  return queryOptions({
    queryKey: keys.calls,
    queryFn: async ({ signal }) => {
      const query = { manager_id: managerId, limit: NEWEST };
      return (await dataOf(api.GET("/v1/calls", { params: { query }, signal }))).items;
    },
  });
}

/** The own newest calls, the newest first, running or not. */
export function useCalls(): readonly Call[] {
  return useQuery(callsQuery(useManagerId())).data ?? NO_CALLS;
}

/** The own call that is not over. */
export function useRunningCall(): Call | undefined {
  return useCalls().find(isRunning);
}

/** Keep the calls as they are by what the stream tells; once, in the dock. */
export function useCallEvents(): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const hasEnded = useRef(false);
  const isLive = useLiveState() === "live";
  useEffect(() => {
    if (!isLive) return;
    // What happened between the first look and the stream's opening was told to nobody.
    void client.invalidateQueries({ queryKey: keys.calls });
    void client.invalidateQueries({ queryKey: keys.openTasks });
  }, [client, isLive]);
  useLive(CALL_EVENTS, ({ type }) => {
    hasEnded.current ||= type === "call.ended";
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      void client.invalidateQueries({ queryKey: keys.calls });
      if (hasEnded.current) void client.invalidateQueries({ queryKey: keys.figures });
      hasEnded.current = false;
    }, TOGETHER_MS);
  });
}

/** Whom to call: for a task, or a customer without one. */
export interface Dialled {
  taskId: string | null;
  customerId: string | null;
  /** Said while the call begins. */
  name: string;
}

export function dialledOf(task: Task, name: string): Dialled {
  return { taskId: task.id, customerId: task.customer_id, name };
}

interface Attempt extends Dialled {
  /** So that the same press never starts a second call. */
  key: string;
}

/** Start calls. Its state is shown by the dock; see `useDialState`. */
export function useDial(): (whom: Dialled) => void {
  const client = useQueryClient();
  const managerId = useManagerId();
  const { mutate } = useMutation({
    mutationKey: keys.dial,
    mutationFn: (attempt: Attempt) => startCall(attempt, managerId),
    onSuccess: (call) => {
      putCall(client, call);
      void client.invalidateQueries({ queryKey: keys.openTasks });
    },
    gcTime: 60_000,
  });
  return (whom) => {
    const isStarting = client.isMutating({ mutationKey: keys.dial }) > 0;
    if (!isStarting) mutate({ ...whom, key: newRequestKey() });
  };
}

function startCall({ taskId, customerId, key }: Attempt, managerId: string): Promise<Call> {
  const header = { "idempotency-key": key };
  if (taskId !== null) {
    const params = { path: { task_id: taskId }, header };
    return dataOf(api.POST("/v1/tasks/{task_id}/call", { params, body: null }));
  }
  const body = { manager_id: managerId, customer_id: customerId };
  return dataOf(api.POST("/v1/calls", { params: { header }, body }));
}

/** Note a call as an answer has it, before the stream tells of it. */
export function putCall(client: QueryClient, call: Call): void {
  client.setQueryData<readonly Call[]>(keys.calls, (known = []) => {
    const before = known.find(({ id }) => id === call.id);
    if (before === undefined) return [call, ...known];
    return before.sequence > call.sequence
      ? known
      : known.map((one) => (one.id === call.id ? call : one));
  });
}

function isAttempt(value: unknown): value is Attempt {
  return typeof value === "object" && value !== null && "key" in value && "name" in value;
}

/** The last call that was asked for: under way, refused with a problem, or neither. */
export function useDialState() {
  const states = useMutationState({
    filters: { mutationKey: keys.dial },
    select: ({ state: { status, error, variables, submittedAt } }) => ({
      status,
      problem: problemFrom(error),
      attempt: isAttempt(variables) ? variables : null,
      submittedAt,
    }),
  });
  return states.at(-1);
}
