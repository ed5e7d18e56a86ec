import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import type { Customer } from "../../../api/directory";
import { type Pages, usePages } from "../../../api/pages";
import { ifMatch, versionedOf } from "../../../kit/editor/versioned";
import type { HeaderFor } from "../../../kit/useRequestKey";

/** Everything that is read of customers begins with this. */
export const CUSTOMERS = ["customers"] as const;
/** A page: large, so that scrolling asks seldom. */
const PAGE = 200;

export const CUSTOMER_FILTERS = ["group_id", "owner_id", "class", "tier", "dnc"] as const;
export type CustomerFilter = Readonly<Record<(typeof CUSTOMER_FILTERS)[number], string>>;

/** Customers page by page; `text` is searched for. */
export function useCustomers(filter: CustomerFilter, text: string): Pages<Customer> {
  return usePages([...CUSTOMERS, "list", filter, text], (cursor, signal) => {
    const { dnc, ...rest } = filter;
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== ""));
    const query = {
      limit: PAGE,
      ...given,
      ...(dnc === "" ? {} : { is_do_not_call: dnc === "yes" }),
      ...(text.trim() === "" ? {} : { q: text.trim() }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    return dataOf(api.GET("/v1/customers", { params: { query }, signal }));
  });
}

export const customerQuery = (customerId: string) =>
  queryOptions({
    queryKey: [...CUSTOMERS, "one", customerId],
    queryFn: () => readCustomer(customerId),
    // A form begins with what is there now.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });

export function readCustomer(customerId: string) {
  return versionedOf(
    api.GET("/v1/customers/{customer_id}", { params: { path: { customer_id: customerId } } }),
  );
}

export const ownershipQuery = (customerId: string) =>
  queryOptions({
    queryKey: [...CUSTOMERS, "ownership", customerId],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/customers/{customer_id}/ownership", {
          params: { path: { customer_id: customerId } },
          signal,
        }),
      ),
  });

/** Create one (`customerId` null) or replace it, as long as it still is what was read. */
export function writeCustomer(
  customerId: string | null,
  body: Schema<"CustomerBody">,
  tag: string | null,
  headerFor: HeaderFor,
): Promise<Customer> {
  if (customerId === null)
    return dataOf(api.POST("/v1/customers", { params: { header: headerFor(body) }, body }));
  const params = { path: { customer_id: customerId }, header: ifMatch(tag) };
  return dataOf(api.PUT("/v1/customers/{customer_id}", { params, body }));
}

export function deleteCustomer(customerId: string) {
  return api.DELETE("/v1/customers/{customer_id}", {
    params: { path: { customer_id: customerId } },
  });
}
