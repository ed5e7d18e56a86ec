import type { Selection } from "react-aria-components";

/**
 * Where a key leads in a list of `count` rows, from row `at`; undefined where it leads nowhere.
 * Of a page so many rows are in sight.
 */
export function rowAfter(
  key: string,
  at: number,
  count: number,
  inSight: number,
): number | undefined {
  const step = Math.max(1, inSight - 1);
  const wanted = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + step,
    PageUp: at - step,
    Home: 0,
    End: count - 1,
  }[key];
  return wanted === undefined || count === 0 ? undefined : Math.min(Math.max(0, wanted), count - 1);
}

/**
 * The row that stands in the place of row `id`, which was one of `before` and is none of `ids`: the
 * next of those that are left, else the last before it, else whichever is there now.
 */
export function neighbour(
  id: string,
  before: readonly string[],
  ids: readonly string[],
): string | undefined {
  const place = Math.max(0, before.indexOf(id));
  const left = new Set(ids);
  const next = before.slice(place + 1).find((one) => left.has(one));
  const last = before.slice(0, place).findLast((one) => left.has(one));
  return next ?? last ?? ids[Math.min(place, ids.length - 1)];
}

/** The first row after row `at` whose words begin with `typed`, from the start again at the end. */
export function rowTyped(
  typed: string,
  at: number,
  count: number,
  textAt: (row: number) => string,
): number | undefined {
  const begin = typed.toLocaleLowerCase();
  // One more letter may still mean the row where the search is.
  const first = typed.length > 1 ? at : at + 1;
  for (let step = 0; step < count; step += 1) {
    const row = (first + step) % count;
    if (textAt(row).toLocaleLowerCase().startsWith(begin)) return row;
  }
  return undefined;
}

export function isChosen(selected: Selection | undefined, id: string): boolean {
  return selected === "all" || (selected?.has(id) ?? false);
}

/** The choice with row `id` added, or taken back; `ids` are those of all rows. */
export function toggled(
  selected: Selection | undefined,
  id: string,
  ids: readonly string[],
): Selection {
  const chosen = new Set<string | number>(selected === "all" ? ids : selected);
  if (!chosen.delete(id)) chosen.add(id);
  return chosen;
}

/**
 * The choice that reaches from row `from` to row `until`, both included, instead of to row `before`
 * as it did until now: who goes back gives up what was reached too far.
 */
export function extended(
  selected: Selection | undefined,
  from: number,
  before: number,
  until: number,
  ids: readonly string[],
): Selection {
  const chosen = new Set<string | number>(selected === "all" ? ids : selected);
  for (const id of span(from, before, ids)) chosen.delete(id);
  for (const id of span(from, until, ids)) chosen.add(id);
  return chosen;
}

function span(one: number, other: number, ids: readonly string[]): readonly string[] {
  return ids.slice(Math.min(one, other), Math.max(one, other) + 1);
}
