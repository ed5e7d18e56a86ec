import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import type { Versioned } from "../../../kit/editor/conflict";
import { ifMatch, versionedOf } from "../../../kit/editor/versioned";

export type TaskType = Schema<"TaskTypeView">;
export type TriggerKind = Schema<"TriggerKindView">;
export type KindOf = "types" | "triggers";

/** What the API takes as a name: it stands in addresses and in files. */
export const SLUG = /^[A-Za-z0-9_.-]{1,64}$/;

/** Everything that is read of types of tasks and kinds of triggers begins with this. */
export const KINDS = ["kinds"] as const;

export const taskTypesQuery = queryOptions({
  queryKey: [...KINDS, "types", "all"],
  queryFn: ({ signal }) =>
    dataOf(api.GET("/v1/task-types", { params: { query: { limit: 200 } }, signal })),
});

export const triggerKindsQuery = queryOptions({
  queryKey: [...KINDS, "triggers", "all"],
  queryFn: ({ signal }) => dataOf(api.GET("/v1/trigger-kinds", { signal })),
});

/** Scripts that a type of tasks may be given. */
export const scriptsQuery = queryOptions({
  queryKey: [...KINDS, "scripts"],
  queryFn: async ({ signal }) => {
    const page = await dataOf(
      api.GET("/v1/scripts", { params: { query: { limit: 200 } }, signal }),
    );
    return page.items.map(({ id, name }) => ({ id, text: name }));
  },
});

export const taskTypeQuery = (name: string) =>
  queryOptions({ queryKey: [...KINDS, "types", "one", name], queryFn: () => readTaskType(name) });

export const triggerKindQuery = (name: string) =>
  queryOptions({
    queryKey: [...KINDS, "triggers", "one", name],
    queryFn: () => readTriggerKind(name),
  });

export function readTaskType(name: string): Promise<Versioned<TaskType>> {
  return versionedOf(api.GET("/v1/task-types/{name}", { params: { path: { name } } }));
}

export function readTriggerKind(name: string): Promise<Versioned<TriggerKind>> {
  return versionedOf(api.GET("/v1/trigger-kinds/{name}", { params: { path: { name } } }));
}

/** Put a type; with `tag` only if it still is what was read. */
export function writeTaskType(
  name: string,
  body: Schema<"TaskTypeBody">,
  tag: string | null,
): Promise<TaskType> {
  const params = { path: { name }, header: ifMatch(tag) };
  return dataOf(api.PUT("/v1/task-types/{name}", { params, body }));
}

export function writeTriggerKind(
  name: string,
  body: Schema<"TriggerKindBody">,
  tag: string | null,
): Promise<TriggerKind> {
  const params = { path: { name }, header: ifMatch(tag) };
  return dataOf(api.PUT("/v1/trigger-kinds/{name}", { params, body }));
}

/** Bring the shipped one back; one of the operator's own goes. */
export function restoreTaskType(name: string) {
  return api.DELETE("/v1/task-types/{name}", { params: { path: { name } } });
}

export function restoreTriggerKind(name: string) {
  return api.DELETE("/v1/trigger-kinds/{name}", { params: { path: { name } } });
}
