import { useQuery } from "@tanstack/react-query";
import { api, dataOf } from "../../api/client";
import type { Group } from "../../api/directory";
import { keys } from "./keys";

const STALE_MS = 300_000;

/** The hotlines (a county has a few), and the name of each by its id. */
export function useHotlines() {
  const { data } = useQuery({
    queryKey: keys.hotlines,
    queryFn: () => dataOf(api.GET("/v1/hotlines", { params: { query: { limit: 200 } } })),
    staleTime: STALE_MS,
  });
  const hotlines = data?.items ?? [];
  return {
    hotlines,
    nameOf: (id: string | null): string => hotlines.find((one) => one.id === id)?.name ?? "–",
  };
}

/** Whose days count: the group's that is looked at, else that of the first that is seen. */
export function zoneOf(groups: readonly Group[], groupId: string | null): string {
  const group = groups.find((one) => groupId === null || one.id === groupId);
  return group?.timezone ?? "Asia/Shanghai";
}

/** A group and all below it. */
export function groupsWithin(groups: readonly Group[], id: string): ReadonlySet<string> {
  const within = new Set([id]);
  // A level a round: trees are a few levels deep.
  for (let size = 0; size < within.size; ) {
    size = within.size;
    for (const group of groups) {
      if (group.parent_id !== null && within.has(group.parent_id)) within.add(group.id);
    }
  }
  return within;
}
