import { useCallback, useSyncExternalStore } from "react";

/** What is being typed, by form; in memory only: nothing of it outlives the tab. */
const drafts = new Map<string, unknown>();
const watchers = new Set<() => void>();
let changes = 0;

function put(key: string, draft: unknown): void {
  changes += 1;
  if (draft === undefined) drafts.delete(key);
  else drafts.set(key, draft);
  for (const watcher of watchers) watcher();
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Which forms, by their keys, hold something that is not saved. */
export function useTyped(): (key: string) => boolean {
  useSyncExternalStore(subscribe, () => changes);
  return (key) => drafts.has(key);
}

export interface Saved<Draft> {
  draft: Draft;
  /** Replace it, or parts of it. */
  change(changes: Partial<Draft>): void;
  /** It was saved, or is not wanted any more: the form begins with `initial` again. */
  forget(): void;
  /** Whether something was typed that is not saved. */
  isChanged: boolean;
}

/**
 * A form's fields that survive its closing, a fault and another page, until `forget()`. `key` names
 * form and thing (`customer:cus_1`). `initial` counts until something is typed.
 */
export function useSaved<Draft extends object>(key: string, initial: Draft): Saved<Draft> {
  const kept = useSyncExternalStore(subscribe, () => drafts.get(key));
  // Only `change` below puts something under this form's key.
  const draft = kept === undefined ? initial : { ...initial, ...(kept as Partial<Draft>) };
  const change = useCallback(
    (changes: Partial<Draft>) => {
      const before = drafts.get(key);
      put(key, { ...(typeof before === "object" ? before : {}), ...changes });
    },
    [key],
  );
  const forget = useCallback(() => put(key, undefined), [key]);
  return { draft, change, forget, isChanged: kept !== undefined };
}
