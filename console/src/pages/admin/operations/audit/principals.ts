import { useQuery } from "@tanstack/react-query";
import { api, dataOf } from "../../../../api/client";
import { useMay } from "../../../../api/session";
import { accessText } from "../../../../text/access";
import { useText } from "../../../../text/words";
import { keys } from "../queries";

const STALE_MS = 300_000;

/** Names of users and keys by id, for those who may know them; else and for others the id. */
export function usePrincipals(): (principal: string) => string {
  const t = useText(accessText);
  const seesUsers = useMay("users");
  const seesKeys = useMay("keys");
  const { data, isLoading } = useQuery({
    queryKey: keys.names,
    queryFn: async ({ signal }) => {
      const query = { limit: 200 };
      const [users, apiKeys] = await Promise.all([
        dataOf(api.GET("/v1/users", { params: { query }, signal })),
        dataOf(api.GET("/v1/keys", { params: { query }, signal })),
      ]);
      return new Map([
        ...users.items.map((one) => [one.id, one.name || one.login] as const),
        ...apiKeys.items.map((one) => [one.id, one.name || one.prefix] as const),
      ]);
    },
    staleTime: STALE_MS,
    enabled: seesUsers && seesKeys,
  });
  return (principal) => {
    if (principal === "command line") return t("commandLine");
    if (principal === "nobody") return t("nobody");
    return isLoading ? "…" : (data?.get(principal) ?? principal);
  };
}
