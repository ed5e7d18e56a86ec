import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import type { Versioned } from "../../../kit/editor/conflict";
import { ifMatch, versionedOf } from "../../../kit/editor/versioned";
import { TRIGGER_FIELDS, type TriggerDraft, triggerBody, triggerDraft } from "./triggerDraft";
import { type Names, TYPE_FIELDS, type TypeDraft, typeBody, typeDraft } from "./typeDraft";

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

/** What types of tasks and kinds of triggers are known by. */
export interface Named {
  /** For programs; it stays. */
  name: string;
  names: Names;
}

/** Types of tasks, or kinds of triggers: how one is read, edited and written. */
export interface Kind<View extends Named, Draft extends Named, Body extends object> {
  of: KindOf;
  /** The fields of its form, as the API calls them. */
  fields: readonly string[];
  /** What its form holds; of null what a new one begins with. */
  draftOf(view: View | null): Draft;
  bodyOf(draft: Draft): Body;
  read(name: string): Promise<Versioned<View>>;
  /** Put it under its name; with `tag` only if it still is what was read. */
  write(name: string, body: Body, tag: string | null): Promise<View>;
  /** Bring the shipped one back; one of the operator's own goes. */
  restore(name: string): Promise<unknown>;
}

export const TASK_TYPES: Kind<TaskType, TypeDraft, Schema<"TaskTypeBody">> = {
  of: "types",
  fields: TYPE_FIELDS,
  draftOf: typeDraft,
  bodyOf: typeBody,
  read: (name) => versionedOf(api.GET("/v1/task-types/{name}", { params: { path: { name } } })),
  write: (name, body, tag) => {
    const params = { path: { name }, header: ifMatch(tag) };
    return dataOf(api.PUT("/v1/task-types/{name}", { params, body }));
  },
  restore: (name) => api.DELETE("/v1/task-types/{name}", { params: { path: { name } } }),
};

export const TRIGGER_KINDS: Kind<TriggerKind, TriggerDraft, Schema<"TriggerKindBody">> = {
  of: "triggers",
  fields: TRIGGER_FIELDS,
  draftOf: triggerDraft,
  bodyOf: triggerBody,
  read: (name) => versionedOf(api.GET("/v1/trigger-kinds/{name}", { params: { path: { name } } })),
  write: (name, body, tag) => {
    const params = { path: { name }, header: ifMatch(tag) };
    return dataOf(api.PUT("/v1/trigger-kinds/{name}", { params, body }));
  },
  restore: (name) => api.DELETE("/v1/trigger-kinds/{name}", { params: { path: { name } } }),
};
