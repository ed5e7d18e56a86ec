/** A thing of the API with its `ETag`, which a change of it must name. */
export interface Versioned<View> {
  data: View;
  tag: string | null;
}

/** What two people changed of the same thing, as fields of its form. */
export interface Difference<Draft> {
  /** Both changed them, to different values: somebody has to choose. */
  conflicts: readonly (keyof Draft & string)[];
  /** Only the other one changed them: they are taken over. */
  taken: readonly (keyof Draft & string)[];
}

/** Compare what I typed since `base` with what somebody else has saved since. */
export function differenceOf<Draft extends object>(
  base: Draft,
  mine: Draft,
  theirs: Draft,
): Difference<Draft> {
  const names = Object.keys(base).filter((name) => isField(base, name));
  const changed = names.filter((name) => !isSame(base[name], theirs[name]));
  return {
    conflicts: changed.filter(
      (name) => !isSame(mine[name], theirs[name]) && !isSame(mine[name], base[name]),
    ),
    taken: changed.filter((name) => isSame(mine[name], base[name])),
  };
}

/** Whether two values of a form mean the same; forms hold plain JSON. */
export function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function isField<Draft extends object>(of: Draft, name: string): name is keyof Draft & string {
  return Object.hasOwn(of, name);
}
