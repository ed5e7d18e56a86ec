import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../api/client";
import { useWho } from "../../api/session";
import { type Format, useFormat } from "../../kit/format";
import { keys } from "./keys";

export interface Me {
  manager: Schema<"ManagerView">;
  group: Schema<"GroupView">;
}

/** The manager that whoever is logged in works as; pages of this area are for nobody else. */
export function useManagerId(): string {
  const id = useWho().scope.manager_id;
  if (id === null) throw new Error("useManagerId() for somebody who is no manager");
  return id;
}

export function meQuery(managerId: string) {
  return queryOptions({
    queryKey: keys.me,
    queryFn: () => fetchMe(managerId),
    staleTime: 60_000,
  });
}

async function fetchMe(managerId: string): Promise<Me> {
  const manager = await dataOf(
    api.GET("/v1/managers/{manager_id}", { params: { path: { manager_id: managerId } } }),
  );
  const group = await dataOf(
    api.GET("/v1/groups/{group_id}", { params: { path: { group_id: manager.group_id } } }),
  );
  return { manager, group };
}

/** The own record and group; undefined while it is being read. */
export function useMe(): Me | undefined {
  return useQuery(meQuery(useManagerId())).data;
}

/** The group's time zone; the browser's until it is known. */
export function useZone(): string {
  return useMe()?.group.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** How moments and amounts are written here: by the group's clock. */
export function useZoned(): Format {
  return useFormat(useZone());
}
