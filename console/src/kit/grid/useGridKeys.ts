import { type KeyboardEvent, useRef } from "react";
import type { Selection } from "react-aria-components";
import { extended, rowAfter, rowTyped, toggled } from "./moves";

const TYPING_MS = 1000;
const WITHIN = "a[href], button, input, select, textarea, [tabindex]";

export interface GridKeysOf {
  ids: readonly string[];
  /** The row that has the focus, or would have it. */
  at: number;
  textAt(row: number): string;
  /** How many rows are in sight. */
  inSight(): number;
  goTo(row: number): void;
  open?: ((row: number) => void) | undefined;
  selected?: Selection | undefined;
  onSelect?: ((selected: Selection) => void) | undefined;
}

export interface GridKeys {
  onKeyDown(event: KeyboardEvent<HTMLElement>): void;
  /** Choose all rows from the present one to this one, as Shift does. */
  reachTo(row: number): void;
}

/**
 * The keyboard of a grid whose rows take the focus: arrows, pages and ends move between rows, left
 * and right between what a row holds, Enter opens, Space chooses, Shift reaches, Ctrl A takes all,
 * Escape none, and letters go to the row that begins with them (ARIA Authoring Practices, grid).
 */
export function useGridKeys(grid: GridKeysOf): GridKeys {
  const typed = useRef({ text: "", at: 0 });
  const reached = useRef<{ from: number; until: number } | null>(null);
  const typeOn = (event: KeyboardEvent): void => {
    const began = event.timeStamp - typed.current.at > TYPING_MS ? "" : typed.current.text;
    typed.current = { text: began + event.key, at: event.timeStamp };
    const row = rowTyped(typed.current.text, grid.at, grid.ids.length, grid.textAt);
    if (row !== undefined) grid.goTo(row);
  };
  const reachTo = (row: number): void => {
    // Whoever has gone elsewhere since, by pointer say, begins there.
    const before = reached.current?.until === grid.at ? reached.current : null;
    const from = before?.from ?? grid.at;
    reached.current = { from, until: row };
    grid.onSelect?.(extended(grid.selected, from, grid.at, row, grid.ids));
    grid.goTo(row);
  };
  const move = (row: number): void => {
    reached.current = null;
    grid.goTo(row);
  };
  const act = (event: KeyboardEvent): boolean => {
    const id = grid.ids[grid.at];
    if (id === undefined) return false;
    if (event.key === "Enter" && grid.open !== undefined) grid.open(grid.at);
    else if (event.key === " " && grid.onSelect !== undefined) {
      reached.current = null;
      grid.onSelect(toggled(grid.selected, id, grid.ids));
    } else if (event.key === " " && grid.open !== undefined) grid.open(grid.at);
    else return false;
    return true;
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const { target, currentTarget } = event;
    // Keys of a menu that a row has opened come along here, and are not the grid's.
    if (!(target instanceof HTMLElement) || !currentTarget.contains(target)) return;
    if (isTyping(target)) return;
    const isRow = target.getAttribute("role") === "row" || target === currentTarget;
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      if (stepWithin(target, event.key === "ArrowRight")) event.preventDefault();
      return;
    }
    const row = rowAfter(event.key, grid.at, grid.ids.length, grid.inSight());
    if (row !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      if (event.shiftKey && grid.onSelect !== undefined) reachTo(row);
      else move(row);
    } else if (isRow && act(event)) {
      event.preventDefault();
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      if (grid.onSelect === undefined) return;
      event.preventDefault();
      grid.onSelect("all");
    } else if (event.key === "Escape" && hasChoice(grid.selected)) {
      event.stopPropagation();
      grid.onSelect?.(new Set());
    } else if (isRow && isLetter(event)) {
      typeOn(event);
    }
  };
  return { onKeyDown, reachTo };
}

function isTyping(target: HTMLElement): boolean {
  const isBox = target instanceof HTMLInputElement && target.type === "checkbox";
  return !isBox && target.matches("input, select, textarea, [contenteditable]");
}

function isLetter({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return key.length === 1 && key !== " " && !ctrlKey && !metaKey && !altKey;
}

function hasChoice(selected: Selection | undefined): boolean {
  return selected === "all" || (selected?.size ?? 0) > 0;
}

/** Move the focus to what comes next, or before, within the row; false: there is nothing. */
function stepWithin(target: HTMLElement, forward: boolean): boolean {
  const row = target.closest<HTMLElement>('[role="row"]');
  if (row === null) return false;
  const stops = [row, ...row.querySelectorAll<HTMLElement>(WITHIN)];
  const next = stops[stops.indexOf(target) + (forward ? 1 : -1)];
  next?.focus();
  return next !== undefined;
}
