/** What the service worker decides, without doing any of it. */

/** What of a request it looks at. */
export interface Asked {
  method: string;
  mode: string;
  url: string;
}

/** Answered by others than the console, though a browser may go there. */
const OTHERS = ["/v1", "/r", "/docs"];

/** `file`: one of the console's; `page`: an address to open; null: none of its business. */
export function kindOf(
  { method, mode, url }: Asked,
  origin: string,
  files: readonly string[],
): "file" | "page" | null {
  const asked = new URL(url);
  if (method !== "GET" || asked.origin !== origin) return null;
  if (OTHERS.some((path) => asked.pathname === path || asked.pathname.startsWith(`${path}/`))) {
    return null;
  }
  if (mode === "navigate") return "page";
  // By its name alone: whatever has a query is no file of the bundle.
  return asked.search === "" && files.includes(asked.pathname) ? "file" : null;
}

/** All but this version and the one before it, whose pages may still be open; in order of age. */
export function cachesToDrop(names: readonly string[], version: string): readonly string[] {
  return names.filter((name) => name !== version).slice(0, -1);
}
