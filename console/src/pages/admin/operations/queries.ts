import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, dataOf } from "../../../api/client";

/** Where the answers of running the gateway are kept. */
export const keys = {
  system: ["operations", "system"],
  nodes: ["operations", "nodes"],
  alerts: ["operations", "alerts"],
  alertHistory: ["operations", "alert-history"],
  trunks: ["operations", "trunks"],
  registrations: ["operations", "registrations"],
  ladder: (callId: string) => ["operations", "ladder", callId],
  heads: ["operations", "seal-heads"],
  sealKeys: ["operations", "seal-keys"],
  exports: ["operations", "exports"],
  messages: (filters: object) => ["operations", "messages", filters],
  apiKeys: ["operations", "keys"],
  webhooks: ["operations", "webhooks"],
  webhook: (id: string) => ["operations", "webhooks", id],
  deliveries: (id: string) => ["operations", "deliveries", id],
  eventTypes: ["operations", "event-types"],
  users: ["operations", "users"],
  userSessions: (id: string) => ["operations", "user-sessions", id],
  audit: (filters: object) => ["operations", "audit", filters],
  names: ["operations", "names"],
} as const;

/** How often what changes by itself is asked for; the page shows the last answer meanwhile. */
const REFRESH_MS = 5_000;

export const systemQuery = queryOptions({
  queryKey: keys.system,
  queryFn: ({ signal }) => dataOf(api.GET("/v1/system", { signal })),
  refetchInterval: REFRESH_MS,
  placeholderData: keepPreviousData,
});

export const nodesQuery = queryOptions({
  queryKey: keys.nodes,
  queryFn: ({ signal }) => dataOf(api.GET("/v1/nodes", { signal })),
  refetchInterval: REFRESH_MS,
});

export const alertsQuery = queryOptions({
  queryKey: keys.alerts,
  queryFn: ({ signal }) => dataOf(api.GET("/v1/alerts", { signal })),
  refetchInterval: REFRESH_MS,
});

export const trunksQuery = queryOptions({
  queryKey: keys.trunks,
  queryFn: ({ signal }) => dataOf(api.GET("/v1/trunks", { signal })),
  refetchInterval: REFRESH_MS,
});

export const registrationsQuery = queryOptions({
  queryKey: keys.registrations,
  queryFn: ({ signal }) => dataOf(api.GET("/v1/registrations", { signal })),
  refetchInterval: REFRESH_MS,
});

/** `limit` and `cursor` of a request for a page. */
export function pageQuery(cursor: string | undefined): { limit: number; cursor?: string } {
  return { limit: 100, ...(cursor === undefined ? {} : { cursor }) };
}
