import { useEffect, useRef, useSyncExternalStore } from "react";

/** A key, or two in turn (`g t`); `mod+k` is Ctrl, on a Mac ⌘. Letters are lower case. */
export type Keys = string;

export interface Shortcut {
  keys: Keys;
  /** What it does, in the page's language: shown by `?`. */
  text: string;
  run(): void;
}

const CHORD_MS = 1_000;
const active = new Map<symbol, Shortcut>();
const watchers = new Set<() => void>();
let list: readonly Shortcut[] = [];
let first: { key: string; at: number } | null = null;

function changed(): void {
  list = [...active.values()];
  for (const watcher of watchers) watcher();
}

/**
 * Have a key do something while the component is there. Keys are not taken while somebody types,
 * nor while a dialog is open above the page, unless they are with `mod`. The component that came
 * last has a key before others.
 */
export function useShortcut(keys: Keys, text: string, run: () => void, isOn = true): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    if (!isOn) return undefined;
    const id = Symbol(keys);
    active.set(id, { keys, text, run: () => latest.current() });
    changed();
    return () => {
      active.delete(id);
      changed();
    };
  }, [keys, text, isOn]);
}

/** All that hold at the moment, for the page that shows them. */
export function useShortcuts(): readonly Shortcut[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => list,
  );
}

/** Listen to the keyboard; once, in the shell. Returns how to end it. */
export function listenToKeys(target: Document): () => void {
  target.addEventListener("keydown", onMod, { capture: true });
  target.addEventListener("keydown", onKey);
  return () => {
    target.removeEventListener("keydown", onMod, { capture: true });
    target.removeEventListener("keydown", onKey);
  };
}

/**
 * A key with `mod` is the page's before it is that of the element which has the focus: a button
 * would take Ctrl Enter for Enter, and open or cancel instead of saving.
 */
function onMod(event: KeyboardEvent): void {
  if (!event.ctrlKey && !event.metaKey) return;
  onKey(event);
  if (event.defaultPrevented) event.stopPropagation();
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const isMod = event.ctrlKey || event.metaKey;
  if (!isMod && (isTyping(event.target) || isBelowDialog(event.target))) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const pressed = isMod ? `mod+${key}` : key;
  const chord =
    first !== null && event.timeStamp - first.at < CHORD_MS ? `${first.key} ${pressed}` : null;
  first = null;
  const found = find(chord) ?? find(pressed);
  if (found !== undefined) {
    event.preventDefault();
    found.run();
  } else if (list.some((one) => one.keys.startsWith(`${pressed} `))) {
    first = { key: pressed, at: event.timeStamp };
  }
}

function find(keys: Keys | null): Shortcut | undefined {
  return list.findLast((one) => one.keys === keys);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.matches("input:not([type=checkbox], [type=radio], [type=range]), textarea, select"))
  );
}

/** Something is open above the page, and the key was not pressed in it. */
function isBelowDialog(target: EventTarget | null): boolean {
  const above = document.querySelector(
    '[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"][data-focused]',
  );
  return above !== null && !(target instanceof Node && above.contains(target));
}
