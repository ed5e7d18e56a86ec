/** A part of something wide that is in sight; pixels. */
export interface View {
  /** How far it is scrolled. */
  left: number;
  /** How much is in sight. */
  width: number;
  /** All of it. */
  whole: number;
}

/** Where a page turns to when the place has left the view: so much of it is before the place. */
const LEAD = 0.2;

/**
 * Where to scroll so that the `place` (0 to 1 of the whole) stays in sight; null: nowhere.
 * `isSteady` keeps it in the middle, as while it moves; else pages are turned, and only when it has
 * left the view.
 */
export function scrolledTo(
  { left, width, whole }: View,
  place: number,
  isSteady: boolean,
): number | null {
  const at = place * whole;
  const isInSight = at >= left && at <= left + width;
  if (isInSight && !isSteady) return null;
  const wanted = at - width * (isSteady ? 0.5 : LEAD);
  const within = Math.round(Math.min(Math.max(0, wanted), whole - width));
  return within === Math.round(left) ? null : within;
}
