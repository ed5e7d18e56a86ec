import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import { ifMatch, versionedOf } from "../../../kit/editor/versioned";
import type { HeaderFor } from "../../../kit/useRequestKey";
import type { Hotline } from "./hotlineDraft";

/** Everything that is read of hotlines begins with this. */
export const HOTLINES = ["hotlines"] as const;

/** Every hotline: a county has few. */
export const hotlinesQuery = queryOptions({
  queryKey: [...HOTLINES, "all"],
  queryFn: async ({ signal }): Promise<readonly Hotline[]> => {
    const all: Hotline[] = [];
    let cursor: string | null = null;
    do {
      const query: { limit: number; cursor?: string } = { limit: 200 };
      if (cursor !== null) query.cursor = cursor;
      const page: Schema<"HotlineList"> = await dataOf(
        api.GET("/v1/hotlines", { params: { query }, signal }),
      );
      all.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null && all.length < 2_000);
    return all;
  },
});

export const hotlineQuery = (hotlineId: string) =>
  queryOptions({
    queryKey: [...HOTLINES, "one", hotlineId],
    queryFn: () => readHotline(hotlineId),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });

export function readHotline(hotlineId: string) {
  return versionedOf(
    api.GET("/v1/hotlines/{hotline_id}", { params: { path: { hotline_id: hotlineId } } }),
  );
}

export function writeHotline(
  hotlineId: string | null,
  body: Schema<"HotlineBody">,
  tag: string | null,
  headerFor: HeaderFor,
): Promise<Hotline> {
  if (hotlineId === null)
    return dataOf(api.POST("/v1/hotlines", { params: { header: headerFor(body) }, body }));
  const params = { path: { hotline_id: hotlineId }, header: ifMatch(tag) };
  return dataOf(api.PUT("/v1/hotlines/{hotline_id}", { params, body }));
}

export function deleteHotline(hotlineId: string) {
  return api.DELETE("/v1/hotlines/{hotline_id}", { params: { path: { hotline_id: hotlineId } } });
}
