import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import type { Versioned } from "../editor/conflict";
import { ifMatch, versionedOf } from "../editor/versioned";

export type TaskType = Schema<"TaskTypeView">;
export type TriggerKind = Schema<"TriggerKindView">;
export type KindOf = "types" | "triggers";

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

/** What of a view is not sent back. */
const SHOWN_ONLY = ["name", "is_built_in", "is_edited"];

export const documentQuery = (of: KindOf, name: string) =>
  queryOptions({
    queryKey: [...KINDS, of, "one", name],
    queryFn: () => readDocument(of, name),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** A type or kind as the text of its document. */
export async function readDocument(of: KindOf, name: string): Promise<Versioned<string>> {
  const params = { path: { name } };
  const read =
    of === "types"
      ? await versionedOf<object>(api.GET("/v1/task-types/{name}", { params }))
      : await versionedOf<object>(api.GET("/v1/trigger-kinds/{name}", { params }));
  const kept = Object.entries(read.data).filter(([field]) => !SHOWN_ONLY.includes(field));
  return { data: JSON.stringify(Object.fromEntries(kept), null, 2), tag: read.tag };
}

/** What the typed client wants to see; the serializer below sends the text in its place. */
const TYPE: Schema<"TaskTypeBody"> = {
  asks_result: true,
  escalates: false,
  needs_contact: false,
  priority: "normal",
};
const KIND: Schema<"TriggerKindBody"> = { type: "own", escalates: true };

/** Put a document, which the API checks whole: fields that are wrong come back by name. */
export async function writeDocument(of: KindOf, name: string, text: string, tag: string | null) {
  const params = { path: { name }, header: ifMatch(tag) };
  // Checked by `JSON.parse` before; what the fields hold is for the API to say.
  const more = { bodySerializer: () => text, headers: { "Content-Type": "application/json" } };
  if (of === "types") await api.PUT("/v1/task-types/{name}", { params, body: TYPE, ...more });
  else await api.PUT("/v1/trigger-kinds/{name}", { params, body: KIND, ...more });
}

/** Bring the shipped one back; one of the operator's own goes. */
export async function restoreDocument(of: KindOf, name: string) {
  const params = { path: { name } };
  if (of === "types") await api.DELETE("/v1/task-types/{name}", { params });
  else await api.DELETE("/v1/trigger-kinds/{name}", { params });
}
