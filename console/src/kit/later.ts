import { type ComponentType, createElement, lazy, useEffect, useState } from "react";

const LOOK_MS = 500;
const waiting = new Set<() => Promise<void>>();
let isAhead = false;

/**
 * A component in a file of its own, for what somebody may open: it is read when it is drawn, and
 * ahead of that once the page that was opened first is there, so that it opens at once. It belongs
 * below a `Suspense`.
 */
export function later<Props extends object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
): ComponentType<Props> {
  const Lazy = lazy(load);
  let ready: ComponentType<Props> | null = null;
  waiting.add(async () => {
    ready = (await load()).default;
  });
  if (isAhead) void readWaiting();
  // What is read is drawn as it is: a lazy component would have its first place stay empty for
  // as long as React holds back what it shows after a fallback.
  // biome-ignore lint/correctness/noComponentHookFactories: as `lazy`, called once by a module
  return function Later(props: Props) {
    const [Content] = useState<ComponentType<Props>>(() => ready ?? Lazy);
    return createElement(Content, props);
  };
}

/** Begin to read ahead when the page shows what it is about; once, in the shell. */
export function useReadAhead(): void {
  useEffect(() => {
    const timer = setInterval(() => {
      const content = document.getElementById("content");
      if (!content?.querySelector("h1") || content.querySelector("[aria-busy=true]")) return;
      clearInterval(timer);
      isAhead = true;
      void readWaiting();
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, []);
}

/** One after the other: whoever goes on to another page meanwhile is not kept waiting. */
async function readWaiting(): Promise<void> {
  for (const read of waiting) {
    waiting.delete(read);
    try {
      await read();
    } catch {
      // Whoever opens it is told, if it still can't be read then.
    }
  }
}
