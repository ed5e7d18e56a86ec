import { useMemo, useState } from "react";
import { useLocation, useSearchParams } from "react-router";

/** What was typed to search, by page: names and numbers never stand in an address. */
const typed = new Map<string, string>();

export interface Filter<Name extends string> {
  /** What each is set to; "" where it is not. */
  values: Readonly<Record<Name, string>>;
  set(name: Name, value: string): void;
  clear(): void;
  /** How many are set. */
  count: number;
  /** What is searched for; in memory only, kept for the way back. */
  text: string;
  setText(text: string): void;
}

/**
 * The filters of a list, in the address: a link, a reload and the way back have the same rows.
 * `names` should be a constant. What is set takes no step in the history.
 */
export function useFilter<const Name extends string>(names: readonly Name[]): Filter<Name> {
  const { pathname } = useLocation();
  const [query, setQuery] = useSearchParams();
  const [text, setShown] = useState(typed.get(pathname) ?? "");
  const values = useMemo(() => valuesOf(names, query), [names, query]);
  const change = (changes: Partial<Record<Name, string>>): void =>
    setQuery((before) => changed(before, changes), { replace: true });
  const setText = (next: string): void => {
    typed.set(pathname, next);
    setShown(next);
  };
  return {
    values,
    set: (name, value) => change(record([name], () => value)),
    clear: () => {
      setText("");
      change(record(names, () => ""));
    },
    count: names.filter((name) => values[name] !== "").length,
    text,
    setText,
  };
}

function valuesOf<Name extends string>(
  names: readonly Name[],
  query: URLSearchParams,
): Record<Name, string> {
  return record(names, (name) => query.get(name) ?? "");
}

function record<Name extends string>(
  names: readonly Name[],
  value: (name: Name) => string,
): Record<Name, string> {
  // Every name gets its value here.
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, string>;
}

function changed(before: URLSearchParams, changes: Record<string, string | undefined>) {
  const next = new URLSearchParams(before);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === "") next.delete(name);
    else next.set(name, value);
  }
  return next;
}
