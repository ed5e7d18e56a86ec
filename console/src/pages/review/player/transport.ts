import { useSyncExternalStore } from "react";
import type { Side } from "../queries";
import { playsOnAt, type Span } from "./spans";

/** What the player does at the moment. */
export interface Playback {
  /** Seconds from the first sample. */
  timeS: number;
  durationS: number;
  isPlaying: boolean;
  /** The sound at the place is still on its way. */
  isWaiting: boolean;
  /** The file could not be read or decoded. */
  isBroken: boolean;
  rate: number;
  heard: Side | "both";
  isMuted: boolean;
  skipsSilence: boolean;
  loop: Span | null;
}

/** Speeds that are offered; the pitch stays. */
export const RATES = [0.75, 1, 1.25, 1.5, 1.75, 2] as const;

const START: Playback = {
  timeS: 0,
  durationS: 0,
  isPlaying: false,
  isWaiting: false,
  isBroken: false,
  rate: 1,
  heard: "both",
  isMuted: false,
  skipsSilence: false,
  loop: null,
};

/**
 * Plays a recording and tells where it is, at each frame while it plays.
 *
 * An audio element reads the file in ranges, so an hour takes no more memory than a minute. Only
 * when one side alone is wanted its sound goes through a graph that leaves the other out.
 */
export class Transport {
  readonly audio: HTMLAudioElement;
  #state = START;
  #silences: readonly Span[] = [];
  #frame = 0;
  #levels: { context: AudioContext; gains: Record<Side, GainNode> } | null = null;
  readonly #watchers = new Set<() => void>();

  constructor(audio: HTMLAudioElement = new Audio()) {
    this.audio = audio;
    audio.preload = "metadata";
    audio.preservesPitch = true;
    const on = (type: string, handle: () => void) => audio.addEventListener(type, handle);
    on("play", () => this.#begin());
    on("pause", () => this.#become({ isPlaying: false, isWaiting: false }));
    on("waiting", () => this.#become({ isWaiting: true }));
    on("playing", () => this.#become({ isWaiting: false }));
    on("seeking", () => this.#become({ timeS: audio.currentTime }));
    on("timeupdate", () => this.#become({ timeS: audio.currentTime }));
    // A loop that reaches the last sample is over before its end is seen to be passed.
    on("ended", () => {
      const { loop } = this.#state;
      if (loop === null) return;
      this.seek(loop.start_s);
      this.play();
    });
    on("error", () => this.#become({ isBroken: audio.src !== "", isPlaying: false }));
  }

  get state(): Playback {
    return this.#state;
  }

  subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** Have a file ready at a place; nothing is heard yet. */
  load(url: string, durationS: number, atS: number): void {
    this.audio.src = url;
    this.audio.playbackRate = this.#state.rate;
    this.#become({ durationS, isBroken: false, loop: null });
    this.seek(atS);
  }

  /** Silences that are left out while `skipsSilence`. */
  knowSilences(silences: readonly Span[]): void {
    this.#silences = silences;
  }

  toggle(): void {
    if (!this.audio.paused) {
      this.audio.pause();
      return;
    }
    void this.#levels?.context.resume();
    this.play();
  }

  play(): void {
    // Refused where nobody has touched the page yet: it stays paused, as is shown.
    this.audio.play().catch(() => this.#become({ isPlaying: false }));
  }

  seek(timeS: number): void {
    const within = Math.min(Math.max(0, timeS), this.#state.durationS);
    this.audio.currentTime = within;
    this.#become({ timeS: within });
  }

  skip(seconds: number): void {
    this.seek(this.#state.timeS + seconds);
  }

  /** The next faster (1) or slower (-1) of `RATES`. */
  stepRate(step: 1 | -1): void {
    const faster = RATES.filter((rate) => (rate - this.#state.rate) * step > 0);
    this.setRate((step === 1 ? faster[0] : faster.at(-1)) ?? this.#state.rate);
  }

  setRate(rate: number): void {
    this.audio.playbackRate = rate;
    this.#become({ rate });
  }

  setMuted(isMuted: boolean): void {
    this.audio.muted = isMuted;
    this.#become({ isMuted });
  }

  setSkipsSilence(skipsSilence: boolean): void {
    this.#become({ skipsSilence });
  }

  setLoop(loop: Span | null): void {
    this.#become({ loop });
  }

  /** Hear one side in both ears, or both sides as they were recorded. */
  hear(heard: Side | "both"): void {
    if (heard !== "both") this.#levels ??= graph(this.audio);
    if (this.#levels !== null) {
      void this.#levels.context.resume();
      this.#levels.gains.customer.gain.value = heard === "manager" ? 0 : 1;
      this.#levels.gains.manager.gain.value = heard === "customer" ? 0 : 1;
    }
    this.#become({ heard });
  }

  /** Stop, and let go of the file; `load` begins anew. */
  unload(): void {
    cancelAnimationFrame(this.#frame);
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
    void this.#levels?.context.suspend();
  }

  #begin(): void {
    this.#become({ isPlaying: true });
    cancelAnimationFrame(this.#frame);
    const tick = (): void => {
      if (this.audio.paused) return;
      const { loop, skipsSilence } = this.#state;
      const timeS = this.audio.currentTime;
      const next = playsOnAt(timeS, loop, skipsSilence ? this.#silences : []);
      if (next !== timeS) this.audio.currentTime = next;
      this.#become({ timeS: next });
      this.#frame = requestAnimationFrame(tick);
    };
    this.#frame = requestAnimationFrame(tick);
  }

  #become(change: Partial<Playback>): void {
    this.#state = { ...this.#state, ...change };
    for (const watcher of this.#watchers) watcher();
  }
}

/** Customer left, manager right; each with a level of its own, both to both ears. */
function graph(audio: HTMLAudioElement) {
  const context = new AudioContext();
  const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
  new MediaElementAudioSourceNode(context, { mediaElement: audio }).connect(splitter);
  const gains = { customer: new GainNode(context), manager: new GainNode(context) };
  splitter.connect(gains.customer, 0).connect(context.destination);
  splitter.connect(gains.manager, 1).connect(context.destination);
  return { context, gains };
}

/** A part of what the player does; the component is drawn anew only when that part changes. */
export function usePlayback<Part>(transport: Transport, part: (playback: Playback) => Part): Part {
  return useSyncExternalStore(transport.subscribe, () => part(transport.state));
}
