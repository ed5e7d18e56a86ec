import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Problem, problemFrom } from "./problem";

export interface PageOf<Item> {
  items: Item[];
  next_cursor: string | null;
}

export interface Pages<Item> {
  items: readonly Item[];
  isPending: boolean;
  problem: Problem | null;
  retry(): void;
  /** Undefined at the end of the list. */
  more: (() => void) | undefined;
  isLoadingMore: boolean;
}

/** A list of the API, read page by page as it is scrolled; `key` names it with all its filters. */
export function usePages<Item>(
  key: readonly unknown[],
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<PageOf<Item>>,
  /** Read all that was read once more, so often; for what changes by itself. */
  refreshMs?: number,
): Pages<Item> {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: refreshMs ?? false,
  });
  const items = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const more = (): void => {
    if (!query.isFetchingNextPage) void query.fetchNextPage();
  };
  return {
    items,
    isPending: query.isPending,
    problem: problemFrom(query.error),
    retry: () => void query.refetch(),
    more: query.hasNextPage ? more : undefined,
    isLoadingMore: query.isFetchingNextPage,
  };
}
