import { useSyncExternalStore } from "react";

export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const STORED = "voicegw.theme";
const watchers = new Set<() => void>();
let theme = stored();

function stored(): Theme {
  try {
    const found = localStorage.getItem(STORED);
    return THEMES.find((one) => one === found) ?? "auto";
  } catch {
    return "auto"; // A browser that keeps nothing follows the system.
  }
}

function show(): void {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
show();

/** Choose the appearance, here and at the next visit. */
export function setTheme(next: Theme): void {
  theme = next;
  show();
  try {
    localStorage.setItem(STORED, next);
  } catch {
    // Then it holds until the page is closed.
  }
  for (const watcher of watchers) watcher();
}

export function useTheme(): Theme {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => theme,
  );
}
