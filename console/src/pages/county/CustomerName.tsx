import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, dataOf } from "../../api/client";
import { countyText } from "../../text/county";
import { useText } from "../../text/words";
import { keys } from "./keys";

/** A customer's name, where a list has but the id; only those in sight are asked for. */
export function CustomerName({ id }: { id: string }) {
  const t = useText(countyText);
  const { data, isError } = useQuery({
    queryKey: keys.customerName(id),
    queryFn: () =>
      dataOf(api.GET("/v1/customers/{customer_id}", { params: { path: { customer_id: id } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return <Link to={`/customers/${id}`}>{data?.name ?? (isError ? t("openCard") : "…")}</Link>;
}
