import { useEffect, useState } from "react";
import { Problem } from "../api/problem";

/** In the address of whoever comes back from the organisation's provider and is not let in. */
const NAME = "refused";
const CODES: ReadonlySet<string> = new Set([
  "oidc-refused",
  "oidc-expired",
  "oidc-unavailable",
  "store-unavailable",
]);

/**
 * Why the organisation's log-in has let nobody in, as its code in the address says; null: it was
 * not tried. A code that is none of ours says nothing: anybody can write an address. It leaves the
 * address at once, so that a reload, or whoever gets the address, is not told it again.
 */
export function useRefusal(): Problem | null {
  const [code] = useState(() => new URLSearchParams(location.search).get(NAME));
  useEffect(() => {
    const address = new URL(location.href);
    if (!address.searchParams.has(NAME)) return;
    address.searchParams.delete(NAME);
    history.replaceState(history.state, "", address);
  }, []);
  return code !== null && CODES.has(code) ? new Problem(403, code, "") : null;
}
