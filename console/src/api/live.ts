import { useEffect, useRef, useSyncExternalStore } from "react";

/** A CloudEvent as the stream carries it; `data` is the resource as it was at that moment. */
export interface LiveEvent {
  id: string;
  type: string;
  subject: string;
  time: string;
  data: Record<string, unknown>;
}

/** `waiting`: the stream broke and is being opened again; what it missed is sent then. */
export type LiveState = "closed" | "live" | "waiting";

type Handler = (event: LiveEvent) => void;
type Open = (url: string) => EventSource;

/**
 * One stream of events for the whole page, open while anybody listens.
 *
 * The browser itself comes back after a break and names the last event it saw (HTML Standard §9.2),
 * so handlers get each event once, in order. `onResumed` is told after a break, for what was read
 * from lists meanwhile.
 */
export class LiveStream {
  #source: EventSource | null = null;
  #state: LiveState = "closed";
  #broke = false;
  readonly #handlers = new Map<string, Set<Handler>>();
  readonly #resumed = new Set<() => void>();
  readonly #watchers = new Set<() => void>();
  readonly #open: Open;

  constructor(open: Open = (url) => new EventSource(url)) {
    this.#open = open;
  }

  get state(): LiveState {
    return this.#state;
  }

  /** Have `handler` told of events of these types; returns how to end it. */
  on(types: readonly string[], handler: Handler): () => void {
    for (const type of types) {
      const handlers = this.#handlers.get(type) ?? new Set();
      if (handlers.size === 0) this.#source?.addEventListener(type, this.#onMessage);
      this.#handlers.set(type, handlers.add(handler));
    }
    this.#begin();
    return () => this.#off(types, handler);
  }

  onResumed(handler: () => void): () => void {
    this.#resumed.add(handler);
    return () => this.#resumed.delete(handler);
  }

  subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  #off(types: readonly string[], handler: Handler): void {
    for (const type of types) {
      const handlers = this.#handlers.get(type);
      if (!handlers?.delete(handler) || handlers.size > 0) continue;
      this.#handlers.delete(type);
      this.#source?.removeEventListener(type, this.#onMessage);
    }
    if (this.#handlers.size === 0) this.close();
  }

  /** End the stream; it begins anew with the next handler. */
  close(): void {
    this.#source?.close();
    this.#source = null;
    this.#broke = false;
    this.#become("closed");
  }

  /** The browser has lost its network: the stream itself would notice only minutes later. */
  pause(): void {
    this.#broke ||= this.#source !== null;
    this.#source?.close();
    this.#source = null;
    this.#become("waiting");
  }

  /** The network is back. */
  resume(): void {
    if (this.#handlers.size > 0) this.#begin();
    else this.#become("closed");
  }

  #begin(): void {
    if (this.#source !== null) return;
    const source = this.#open("/v1/events");
    this.#source = source;
    for (const type of this.#handlers.keys()) source.addEventListener(type, this.#onMessage);
    source.onopen = () => {
      this.#become("live");
      if (this.#broke) for (const handler of this.#resumed) handler();
      this.#broke = false;
    };
    source.onerror = () => {
      this.#broke = true;
      this.#become("waiting");
      // A refusal (a session that is over, a node that drains) ends it for good: begin anew.
      if (source.readyState === 2) this.#again(source);
    };
  }

  #again(source: EventSource): void {
    setTimeout(() => {
      if (this.#source !== source) return;
      this.#source = null;
      this.#begin();
    }, 5_000);
  }

  readonly #onMessage = (message: Event): void => {
    if (!(message instanceof MessageEvent)) return;
    const event: LiveEvent = JSON.parse(message.data);
    for (const handler of this.#handlers.get(event.type) ?? []) handler(event);
  };

  #become(state: LiveState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const watcher of this.#watchers) watcher();
  }
}

/** The page's stream. */
export const live = new LiveStream();
globalThis.addEventListener?.("offline", () => live.pause());
globalThis.addEventListener?.("online", () => live.resume());

/** Be told of events while the component is there; `types` should be a constant. */
export function useLive(types: readonly string[], handler: Handler): void {
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => live.on(types, (event) => latest.current(event)), [types]);
}

/** Whether events arrive at the moment. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(live.subscribe, () => live.state);
}
