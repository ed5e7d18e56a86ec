import { queryOptions, useQuery } from "@tanstack/react-query";
import { kit } from "../text/kit";
import { useText } from "../text/words";
import { api, dataOf, type Schema } from "./client";
import type { PageOf } from "./pages";

export type Manager = Schema<"ManagerView">;
export type Group = Schema<"GroupView">;
export type Customer = Schema<"CustomerView">;

const PAGE = 200;
/** A node has hundreds; whoever sees more finds the others by name in lists. */
const MOST = 2_000;

/** Every manager that whoever is logged in may see: names stand for ids on many pages. */
export const managersQuery = queryOptions({
  queryKey: ["managers", "all"],
  queryFn: ({ signal }) =>
    readAll((cursor) => dataOf(api.GET("/v1/managers", listing(cursor, signal)))),
  staleTime: 60_000,
});

/** Every group that may be seen. */
export const groupsQuery = queryOptions({
  queryKey: ["groups", "all"],
  queryFn: ({ signal }) =>
    readAll((cursor) => dataOf(api.GET("/v1/groups", listing(cursor, signal)))),
  staleTime: 60_000,
});

/** Managers, and the name of each by its id. */
export function useManagers(): { managers: readonly Manager[]; nameOf(id: string | null): string } {
  const { data } = useQuery({ ...managersQuery, select: named });
  const t = useText(kit);
  return {
    managers: data?.items ?? [],
    nameOf: (id) => nameIn(data?.names, id, t("otherManager")),
  };
}

/** Groups, and the name of each by its id. */
export function useGroups(): { groups: readonly Group[]; nameOf(id: string | null): string } {
  const { data } = useQuery({ ...groupsQuery, select: named });
  const t = useText(kit);
  return {
    groups: data?.items ?? [],
    nameOf: (id) => nameIn(data?.names, id, t("otherGroup")),
  };
}

/** The customers that `text` is about the best, at most twenty. */
export async function findCustomers(
  text: string,
  signal?: AbortSignal,
): Promise<readonly Customer[]> {
  const query = { limit: 20, ...(text === "" ? {} : { q: text }) };
  const page = await dataOf(
    api.GET("/v1/customers", { params: { query }, ...(signal === undefined ? {} : { signal }) }),
  );
  return page.items;
}

/** Whether a manager is meant by what was typed: a part of the name or the staff number. */
export function isManagerOf({ name, staff_no, external_id }: Manager, text: string): boolean {
  const wanted = text.toLowerCase();
  return [name, staff_no, external_id].some((one) => one?.toLowerCase().includes(wanted));
}

interface Named {
  id: string;
  name: string;
}

function named<Item extends Named>(items: readonly Item[]) {
  return { items, names: new Map(items.map((one) => [one.id, one.name])) };
}

/** `unknown` names what is not seen by that id: it was deleted, or belongs elsewhere. */
function nameIn(
  names: ReadonlyMap<string, string> | undefined,
  id: string | null,
  unknown: string,
): string {
  if (id === null) return "–";
  return names === undefined ? "…" : (names.get(id) ?? unknown);
}

function listing(cursor: string | undefined, signal: AbortSignal) {
  const query = { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
  return { params: { query }, signal };
}

async function readAll<Item>(
  read: (cursor: string | undefined) => Promise<PageOf<Item>>,
): Promise<readonly Item[]> {
  const all: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    all.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && all.length < MOST);
  return all;
}
