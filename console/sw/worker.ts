/**
 * Keeps the console's own files, and nothing else, so that it opens at once and without a network.
 * What the API answers never comes near a cache: such requests are not touched at all.
 *
 * `__FILES__` and `__VERSION__` are written by the build (`sw/plugin.ts`).
 */
import { cachesToDrop, kindOf } from "./plan";

declare const self: ServiceWorkerGlobalScope;

const VERSION = "__VERSION__";
const FILES: readonly string[] = JSON.parse("__FILES__");

self.addEventListener("install", (event) => {
  event.waitUntil(keepFiles());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(takeOver());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const kind = kindOf(request, self.location.origin, FILES);
  if (kind === "file") event.respondWith(fileOf(request));
  else if (kind === "page") event.respondWith(pageOf(request));
});

// A page that has just opened asks which files are current.
self.addEventListener("message", (event) => {
  event.source?.postMessage({ files: FILES });
});

async function keepFiles(): Promise<void> {
  const cache = await caches.open(VERSION);
  await cache.addAll(FILES.map((path) => new Request(path, { cache: "no-cache" })));
  await self.skipWaiting();
}

async function takeOver(): Promise<void> {
  const names = cachesToDrop(await caches.keys(), VERSION);
  await Promise.all(names.map((name) => caches.delete(name)));
  await self.clients.claim();
  for (const client of await self.clients.matchAll()) client.postMessage({ files: FILES });
}

/** Files have their content in their name, or are of this version: the kept one is the right one. */
async function fileOf(request: Request): Promise<Response> {
  return (await kept(request)) ?? fetch(request);
}

/** A page that opens is of the newest version as long as the node answers. */
async function pageOf(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const index = await kept("/index.html");
    if (index === undefined) throw error;
    return index;
  }
}

/** This version's first; of the one before it, what its pages that are still open ask for. */
async function kept(request: Request | string): Promise<Response | undefined> {
  const cache = await caches.open(VERSION);
  return (await cache.match(request)) ?? caches.match(request);
}
