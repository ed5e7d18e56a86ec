import { describe, expect, it, vi } from "vitest";
import { type LiveEvent, LiveStream } from "./live";

/** As much of an EventSource as the stream uses; the test is the server. */
class Source extends EventTarget {
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readyState = 0;
  isClosed = false;

  close(): void {
    this.isClosed = true;
  }

  send(type: string, id: string): void {
    const data = JSON.stringify({ id, type, subject: "call_1", time: "", data: {} });
    this.dispatchEvent(new MessageEvent(type, { data }));
  }
}

function stream(): { live: LiveStream; sources: Source[] } {
  const sources: Source[] = [];
  const live = new LiveStream(() => {
    const source = new Source();
    sources.push(source);
    return source as unknown as EventSource;
  });
  return { live, sources };
}

describe("LiveStream", () => {
  it("opens one source for all, and closes it with the last listener", () => {
    const { live, sources } = stream();
    const seen: string[] = [];
    const off = live.on(["call.ringing"], (event: LiveEvent) => seen.push(`a ${event.id}`));
    const offToo = live.on(["call.ringing", "call.ended"], (event) => seen.push(`b ${event.id}`));
    sources[0]?.send("call.ringing", "1");
    off();
    sources[0]?.send("call.ringing", "2");
    sources[0]?.send("call.ended", "3");
    offToo();
    expect(seen).toEqual(["a 1", "b 1", "b 2", "b 3"]);
    expect(sources).toHaveLength(1);
    expect(sources[0]?.isClosed).toBe(true);
    expect(live.state).toBe("closed");
  });

  it("waits while the browser has no network, and begins anew when it has", () => {
    const { live, sources } = stream();
    const resumed = vi.fn();
    live.onResumed(resumed);
    live.on(["call.ended"], () => undefined);
    sources[0]?.onopen?.();
    live.pause();
    expect(live.state).toBe("waiting");
    expect(sources[0]?.isClosed).toBe(true);
    live.resume();
    sources[1]?.onopen?.();
    expect(live.state).toBe("live");
    expect(resumed).toHaveBeenCalledOnce();
  });

  it("says that the network is gone to those, too, who listen to nothing", () => {
    const { live, sources } = stream();
    live.pause();
    expect(live.state).toBe("waiting");
    live.resume();
    expect(live.state).toBe("closed");
    expect(sources).toHaveLength(0);
  });

  it("tells of a break and of its end, so that lists are read anew", () => {
    const { live, sources } = stream();
    const resumed = vi.fn();
    live.on(["call.ended"], () => undefined);
    live.onResumed(resumed);
    sources[0]?.onopen?.();
    expect(resumed).not.toHaveBeenCalled();
    sources[0]?.onerror?.();
    expect(live.state).toBe("waiting");
    sources[0]?.onopen?.();
    expect(live.state).toBe("live");
    expect(resumed).toHaveBeenCalledOnce();
  });

  it("begins anew where the source was refused for good", () => {
    vi.useFakeTimers();
    const { live, sources } = stream();
    live.on(["call.ended"], () => undefined);
    const source = sources[0];
    if (source === undefined) throw new Error("no source");
    source.readyState = 2;
    source.onerror?.();
    vi.advanceTimersByTime(5_000);
    expect(sources).toHaveLength(2);
    vi.useRealTimers();
  });
});
