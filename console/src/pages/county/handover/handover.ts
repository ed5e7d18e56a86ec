import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import { usePages } from "../../../api/pages";
import { Problem } from "../../../api/problem";
import type { Tone } from "../../../kit/States";
import type { RequestKeyHeader } from "../../../kit/useRequestKey";

export type Handover = Schema<"HandoverView">;
export type Preview = Schema<"HandoverPreviewView">;
type Body = Schema<"HandoverBody">;

/** What is asked for; the manager of `back` is the one to whom customers return. */
export type Wish = Pick<Body, "to" | "at" | "why" | "introduce" | "move_matters"> & {
  managerId: string;
};

/** The keys of what is read here; all begin with "handovers". */
export const keys = {
  all: ["handovers"] as const,
  list: ["handovers", "list"] as const,
  one: (id: string) => ["handovers", "one", id] as const,
  preview: (wish: Wish | null) => ["handovers", "preview", wish] as const,
};

export const TONES: Readonly<Record<Handover["state"], Tone>> = {
  staging: "accent",
  staged: "accent",
  scheduled: "warn",
  switching: "accent",
  done: "good",
  canceled: "neutral",
  failed: "bad",
};

/** Whether it can still be called off: no customer has changed hands yet. */
export function isCancellable({ state }: Handover): boolean {
  return state === "staging" || state === "staged" || state === "scheduled";
}

/** How many customers go to somebody. */
export function customersOf({ shares }: Pick<Handover, "shares">): number {
  return shares.reduce((sum, one) => sum + one.customers, 0);
}

const LOOKED_AT_MS = 1_000;

function isUnderWay(state: Handover["state"]): boolean {
  return state === "staging" || state === "staged" || state === "switching";
}

export function useHandovers() {
  return usePages<Handover>(keys.list, (cursor, signal) =>
    dataOf(
      api.GET("/v1/handovers", {
        params: { query: { limit: 100, ...(cursor === undefined ? {} : { cursor }) } },
        signal,
      }),
    ),
  );
}

/** One handover; read again while it goes on. */
export function useHandover(id: string | undefined) {
  const path = { handover_id: id ?? "" };
  return useQuery({
    queryKey: keys.one(id ?? ""),
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/handovers/{handover_id}", { params: { path }, signal })),
    enabled: id !== undefined,
    refetchInterval: ({ state: { data } }) =>
      data !== undefined && isUnderWay(data.state) ? LOOKED_AT_MS : false,
  });
}

/** What a handover would do now. */
export function usePreview(wish: Wish | null) {
  return useQuery({
    queryKey: keys.preview(wish),
    queryFn: ({ signal }) => preview(wish, signal),
    enabled: wish !== null,
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
  });
}

async function preview(wish: Wish | null, signal: AbortSignal): Promise<Preview> {
  if (wish === null) throw Problem.unreachable();
  const answer = await dataOf(
    api.POST("/v1/managers/{manager_id}/handover", { ...requestOf(wish, true), signal }),
  );
  if ("id" in answer) throw new Problem(0, "other", "no preview");
  return answer;
}

/** Ask for it, with the key of the request; it goes on by itself. */
export async function handOver(wish: Wish, header: RequestKeyHeader): Promise<Handover> {
  const { params, body } = requestOf(wish, false);
  const answer = await dataOf(
    api.POST("/v1/managers/{manager_id}/handover", { params: { ...params, header }, body }),
  );
  if ("id" in answer) return answer;
  throw new Problem(0, "other", "no handover");
}

export async function callOff(id: string): Promise<Handover> {
  const path = { handover_id: id };
  return dataOf(api.POST("/v1/handovers/{handover_id}/cancel", { params: { path } }));
}

function requestOf({ managerId, ...body }: Wish, dry_run: boolean) {
  return { params: { path: { manager_id: managerId } }, body: { ...body, dry_run } };
}
