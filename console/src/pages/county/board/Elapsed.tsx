import { useSyncExternalStore } from "react";
import { useFormat } from "../../../kit/format";

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const watchers = new Set<() => void>();

/** One clock for all that count seconds, so that they change together. */
function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  if (timer === undefined) now = Date.now();
  timer ??= setInterval(() => {
    now = Date.now();
    for (const one of watchers) one();
  }, 1_000);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** How long it is since a moment, second by second; it is not read out each time. */
export function Elapsed({ since }: { since: string | null }) {
  const format = useFormat();
  const at = useSyncExternalStore(subscribe, () => Math.floor(now / 1_000));
  if (since === null) return <>–</>;
  return <time aria-live="off">{format.clock(Math.max(0, at - Date.parse(since) / 1_000))}</time>;
}
