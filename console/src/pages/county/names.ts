import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, dataOf, type Schema } from "../../api/client";
import type { PageOf } from "../../api/pages";
import { keys } from "./keys";

export type Group = Schema<"GroupView">;
type Manager = Schema<"ManagerView">;

const STALE_MS = 300_000;
/** More pages than this are not read for names: a list then shows ids. */
const MOST_PAGES = 10;

/** Read a list to its end, for what there are few of. */
export async function readAll<Item>(
  read: (cursor: string | undefined) => Promise<PageOf<Item>>,
): Promise<Item[]> {
  const all: Item[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { items, next_cursor } = await read(cursor);
    all.push(...items);
    if (next_cursor === null) break;
    cursor = next_cursor;
  }
  return all;
}

const ofPage = (cursor: string | undefined) => ({
  limit: 200,
  ...(cursor === undefined ? {} : { cursor }),
});

/** The groups that whoever is logged in sees, and their names. */
export function useGroups(): { groups: readonly Group[]; nameOf(id: string | null): string } {
  const { data } = useQuery({
    queryKey: keys.groups,
    queryFn: () =>
      readAll((cursor) => dataOf(api.GET("/v1/groups", { params: { query: ofPage(cursor) } }))),
    staleTime: STALE_MS,
  });
  return useNamed(data);
}

/** The hotlines, and their names. */
export function useHotlines() {
  const { data } = useQuery({
    queryKey: keys.hotlines,
    queryFn: () =>
      readAll((cursor) => dataOf(api.GET("/v1/hotlines", { params: { query: ofPage(cursor) } }))),
    staleTime: STALE_MS,
  });
  const { groups: hotlines, nameOf } = useNamed(data);
  return { hotlines, nameOf };
}

/** The managers, who have left included, and their names. */
export function useManagers(): { managers: readonly Manager[]; nameOf(id: string | null): string } {
  const { data } = useQuery({
    queryKey: keys.managers,
    queryFn: () =>
      readAll((cursor) => dataOf(api.GET("/v1/managers", { params: { query: ofPage(cursor) } }))),
    staleTime: STALE_MS,
  });
  const { groups: managers, nameOf } = useNamed(data);
  return { managers, nameOf };
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

function useNamed<Item extends { id: string; name: string }>(items: readonly Item[] | undefined) {
  return useMemo(() => {
    const names = new Map(items?.map((one) => [one.id, one.name]));
    return {
      groups: items ?? [],
      nameOf: (id: string | null): string => (id === null ? "–" : (names.get(id) ?? "…")),
    };
  }, [items]);
}
