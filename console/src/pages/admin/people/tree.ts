export interface Node {
  id: string;
  name: string;
  parent_id: string | null;
}

export interface Placed<Item> {
  item: Item;
  /** How many are above it. */
  depth: number;
}

/**
 * Things with parents in the order of a tree, by name among siblings. Whoever's parent is not among
 * them (or is itself) stands at the top; `except` is left out with all below it.
 */
export function treeOf<Item extends Node>(
  items: readonly Item[],
  except?: string,
): readonly Placed<Item>[] {
  const known = new Set(items.map((item) => item.id));
  const below = new Map<string | null, Item[]>();
  for (const item of items) {
    const parent = item.parent_id !== null && known.has(item.parent_id) ? item.parent_id : null;
    below.set(parent, [...(below.get(parent) ?? []), item]);
  }
  const placed: Placed<Item>[] = [];
  const place = (parent: string | null, depth: number): void => {
    const children = below.get(parent) ?? [];
    for (const item of children.toSorted((a, b) => a.name.localeCompare(b.name, "zh-CN"))) {
      if (item.id === except) continue;
      placed.push({ item, depth });
      place(item.id, depth + 1);
    }
  };
  place(null, 0);
  return placed;
}
