/**
 * The path of a line through `values`, oldest first, in a box of `width` by `height`. The lowest
 * line is zero, so that a small change of a large figure looks small; fewer than two values are a
 * line along the bottom.
 */
export function pathOf(values: readonly number[], width: number, height: number): string {
  if (values.length < 2) return `M0 ${height - 1}H${width}`;
  const top = Math.max(...values, 1);
  const step = width / (values.length - 1);
  return values
    .map((value, place) => {
      const x = Math.round(place * step * 10) / 10;
      const y = Math.round((height - 1 - (value / top) * (height - 2)) * 10) / 10;
      return `${place === 0 ? "M" : "L"}${x} ${y}`;
    })
    .join("");
}

/** `values` with one more at the end, at most `most` of them. */
export function appended(values: readonly number[], value: number, most: number): number[] {
  return [...values, value].slice(-most);
}
