import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import { ifMatch, versionedOf } from "../../../kit/editor/versioned";

export type Flow = Schema<"FlowView">;
export type FlowProblem = Schema<"FlowProblemView">;
export type Drawing = Schema<"FlowDrawingView">;

/** Everything that is read of flows begins with this. */
export const FLOWS = ["flows"] as const;

/** Every flow in its newest version; a node has some. */
export const flowsQuery = queryOptions({
  queryKey: [...FLOWS, "all"],
  queryFn: ({ signal }) =>
    dataOf(api.GET("/v1/flows", { params: { query: { limit: 200 } }, signal })),
});

export const flowQuery = (name: string) =>
  queryOptions({ queryKey: [...FLOWS, "one", name], queryFn: () => readFlow(name) });

/** A flow; `version`: an older one. */
export function readFlow(name: string, version?: number) {
  const query = version === undefined ? {} : { version };
  return versionedOf(api.GET("/v1/flows/{name}", { params: { path: { name }, query } }));
}

export const versionQuery = (name: string, version: number) =>
  queryOptions({
    queryKey: [...FLOWS, "version", name, version],
    queryFn: () => readFlow(name, version),
    // No version ever changes.
    staleTime: Number.POSITIVE_INFINITY,
  });

export const versionsQuery = (name: string) =>
  queryOptions({
    queryKey: [...FLOWS, "versions", name],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/flows/{name}/versions", {
          params: { path: { name }, query: { limit: 100 } },
          signal,
        }),
      ),
  });

/** What is wrong with a text that is not kept, and its drawing; the last one until it is known. */
export const checkQuery = (source: string) =>
  queryOptions({
    queryKey: [...FLOWS, "check", source],
    queryFn: ({ signal }) => dataOf(api.POST("/v1/flows/check", { ...yaml(source), signal })),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
  });

/** Add a version; with `tag` only if that still is the newest. */
export function writeFlow(name: string, source: string, tag: string | null): Promise<Flow> {
  const params = { path: { name }, header: ifMatch(tag) };
  return dataOf(api.PUT("/v1/flows/{name}", { params, ...yaml(source) }));
}

/** Take a flow out of force; with `tag` only if that still is the newest. */
export function deleteFlow(name: string, tag: string | null) {
  const params = { path: { name }, header: ifMatch(tag) };
  return api.DELETE("/v1/flows/{name}", { params });
}

function yaml(source: string) {
  return {
    body: source,
    bodySerializer: (text: unknown) => String(text),
    headers: { "Content-Type": "application/yaml" },
  };
}
