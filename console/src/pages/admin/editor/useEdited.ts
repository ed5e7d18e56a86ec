import { useCallback } from "react";
import { useSearchParams } from "react-router";

/** What `edit` in the address says of a thing that there is not yet. */
export const NEW = "new";

export interface Edited {
  /** Its id, `NEW`, or null while nothing is being edited. */
  id: string | null;
  open(id: string): void;
  close(): void;
}

/** Which thing of a list is open beside it: in the address, so that back closes it. */
export function useEdited(name = "edit"): Edited {
  const [query, setQuery] = useSearchParams();
  const open = useCallback(
    (id: string) => setQuery((before) => withValue(before, name, id)),
    [name, setQuery],
  );
  const close = useCallback(
    () => setQuery((before) => withValue(before, name, null), { replace: true }),
    [name, setQuery],
  );
  return { id: query.get(name), open, close };
}

function withValue(before: URLSearchParams, name: string, value: string | null): URLSearchParams {
  const next = new URLSearchParams(before);
  if (value === null) next.delete(name);
  else next.set(name, value);
  return next;
}
