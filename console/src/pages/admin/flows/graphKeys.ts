import type { Schema } from "../../../api/client";

export type Box = Schema<"FlowBoxView">;

const WAYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};

/** The nearest box in an arrow key's direction; null for none, and for other keys. */
export function nextBox(boxes: readonly Box[], from: Box, key: string): Box | null {
  const way = WAYS[key];
  if (way === undefined) return null;
  const [dx, dy] = way;
  let best: Box | null = null;
  let nearest = Number.POSITIVE_INFINITY;
  for (const box of boxes) {
    const ahead = (box.x - from.x) * dx + (box.y - from.y) * dy;
    const aside = Math.abs((box.x - from.x) * dy) + Math.abs((box.y - from.y) * dx);
    // What lies far to the side is not what the key points at.
    const distance = ahead + 2 * aside;
    if (box.step !== from.step && ahead > 1 && distance < nearest) {
      best = box;
      nearest = distance;
    }
  }
  return best;
}
