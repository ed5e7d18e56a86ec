import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import type { Group, Manager } from "../../../api/directory";
import { ifMatch, versionedOf } from "../../../kit/editor/versioned";
import type { HeaderFor } from "../../../kit/useRequestKey";

/** Everything that is read of managers, and of groups, begins with these. */
export const MANAGERS = ["managers"] as const;
export const GROUPS = ["groups"] as const;

export const managerQuery = (managerId: string) =>
  queryOptions({
    queryKey: [...MANAGERS, "one", managerId],
    queryFn: () => readManager(managerId),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });

export function readManager(managerId: string) {
  return versionedOf(
    api.GET("/v1/managers/{manager_id}", { params: { path: { manager_id: managerId } } }),
  );
}

export function writeManager(
  managerId: string | null,
  body: Schema<"ManagerBody">,
  tag: string | null,
  headerFor: HeaderFor,
): Promise<Manager> {
  if (managerId === null)
    return dataOf(api.POST("/v1/managers", { params: { header: headerFor(body) }, body }));
  const params = { path: { manager_id: managerId }, header: ifMatch(tag) };
  return dataOf(api.PUT("/v1/managers/{manager_id}", { params, body }));
}

export function deleteManager(managerId: string) {
  return api.DELETE("/v1/managers/{manager_id}", { params: { path: { manager_id: managerId } } });
}

/** Set the PIN, or take it away with null; it is never read back. */
export function putPin(managerId: string, pin: string | null) {
  return api.PUT("/v1/managers/{manager_id}/pin", {
    params: { path: { manager_id: managerId } },
    body: { pin },
  });
}

export const groupQuery = (groupId: string) =>
  queryOptions({
    queryKey: [...GROUPS, "one", groupId],
    queryFn: () => readGroup(groupId),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });

export function readGroup(groupId: string) {
  return versionedOf(api.GET("/v1/groups/{group_id}", { params: { path: { group_id: groupId } } }));
}

export function writeGroup(
  groupId: string | null,
  body: Schema<"GroupBody">,
  tag: string | null,
  headerFor: HeaderFor,
): Promise<Group> {
  if (groupId === null)
    return dataOf(api.POST("/v1/groups", { params: { header: headerFor(body) }, body }));
  const params = { path: { group_id: groupId }, header: ifMatch(tag) };
  return dataOf(api.PUT("/v1/groups/{group_id}", { params, body }));
}

export function deleteGroup(groupId: string) {
  return api.DELETE("/v1/groups/{group_id}", { params: { path: { group_id: groupId } } });
}
