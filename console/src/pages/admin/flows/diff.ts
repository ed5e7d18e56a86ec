export interface DiffLine {
  kind: "same" | "added" | "removed";
  text: string;
  /** Line numbers, the first being 1; null where that side has no such line. */
  before: number | null;
  after: number | null;
}

/** The lines of two texts side by side: the longest common row of lines stays (flows are short). */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const old = before.split("\n");
  const now = after.split("\n");
  const common = commonLengths(old, now);
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    const from = old[i];
    const to = now[j];
    if (from !== undefined && from === to) {
      lines.push({ kind: "same", text: from, before: ++i, after: ++j });
    } else if (
      to === undefined ||
      (from !== undefined && at(common, i + 1, j) >= at(common, i, j + 1))
    ) {
      lines.push({ kind: "removed", text: from ?? "", before: ++i, after: null });
    } else {
      lines.push({ kind: "added", text: to, before: null, after: ++j });
    }
  }
  return lines;
}

/** How many lines the ends of both texts have in common, from each pair of places on. */
function commonLengths(old: readonly string[], now: readonly string[]): number[][] {
  const table = Array.from({ length: old.length + 1 }, () =>
    new Array<number>(now.length + 1).fill(0),
  );
  for (let i = old.length - 1; i >= 0; i -= 1) {
    const row = table[i];
    if (row === undefined) continue;
    for (let j = now.length - 1; j >= 0; j -= 1) {
      row[j] =
        old[i] === now[j]
          ? at(table, i + 1, j + 1) + 1
          : Math.max(at(table, i + 1, j), row[j + 1] ?? 0);
    }
  }
  return table;
}

function at(table: readonly (readonly number[])[], i: number, j: number): number {
  return table[i]?.[j] ?? 0;
}
