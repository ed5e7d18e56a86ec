import { type RefObject, useLayoutEffect, useRef } from "react";
import { neighbour } from "./moves";

/**
 * Have the focus go on to the row that came into the place of the one that had it, when that is no
 * longer in the list: done, given away, deleted, or somebody else's by now. Else the page would
 * lose it. Where the focus is elsewhere, in a sheet over the list say, it finds that row later.
 */
export function useRowFocus(
  frame: RefObject<HTMLElement | null>,
  ids: readonly string[],
  activeId: string | null,
  setActiveId: (id: string) => void,
): { onFocus(): void; onBlur(): void } {
  const before = useRef(ids);
  const isWithin = useRef(false);
  const returns = useRef(false);
  useLayoutEffect(() => {
    const row = activeId === null ? -1 : ids.indexOf(activeId);
    if (row >= 0) before.current = ids;
    if (returns.current && row >= 0) {
      returns.current = false;
      rowElement(frame.current, row)?.focus({ preventScroll: true });
    }
    if (row >= 0 || activeId === null) return;
    const next = neighbour(activeId, before.current, ids);
    if (next !== undefined) setActiveId(next);
    if (!isWithin.current || document.activeElement !== document.body) return;
    returns.current = next !== undefined;
    if (next === undefined) frame.current?.focus();
  }, [frame, ids, activeId, setActiveId]);
  return {
    onFocus: () => {
      isWithin.current = true;
    },
    // React tells of no blur when it takes an element away: this is somebody who leaves.
    onBlur: () => {
      isWithin.current = false;
    },
  };
}

/** The row of that number, as long as it is in the page. */
export function rowElement(frame: HTMLElement | null, row: number): HTMLElement | null {
  return frame?.querySelector<HTMLElement>(`[data-row="${row}"]`) ?? null;
}
