/** A part of a recording, in seconds from its first sample. */
export interface Span {
  start_s: number;
  end_s: number;
}

/** Silences shorter than this belong to talking. */
const SHORTEST_S = 2;
/** What is left of a silence at either end, so that no first syllable is cut. */
const MARGIN_S = 0.3;

/** A span shorter than this is a slip of the hand, and a loop of it would hear nothing. */
const SHORTEST_SPAN_S = 0.2;

/** The span between two places in any order, long enough to be heard, within the recording. */
export function spanBetween(one: number, other: number, durationS: number): Span {
  const start_s = Math.max(0, Math.min(one, other));
  const end_s = Math.min(Math.max(one, other, start_s + SHORTEST_SPAN_S), durationS);
  return { start_s: Math.max(0, Math.min(start_s, end_s - SHORTEST_SPAN_S)), end_s };
}

/** The silences between what was said (in any order, sides mixed) that are worth skipping. */
export function silencesOf(spoken: readonly Span[], durationS: number): Span[] {
  const silences: Span[] = [];
  let end = 0;
  for (const one of [...spoken].sort((a, b) => a.start_s - b.start_s)) {
    addSilence(silences, end, one.start_s);
    end = Math.max(end, one.end_s);
  }
  addSilence(silences, end, durationS);
  return silences;
}

function addSilence(silences: Span[], from: number, until: number): void {
  if (until - from < SHORTEST_S) return;
  silences.push({ start_s: from + MARGIN_S, end_s: until - MARGIN_S });
}

/** Index of the last one that has begun at `timeS`; -1 before the first. Sorted by beginning. */
export function lastBegun(sorted: readonly Span[], timeS: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const one = sorted[middle];
    if (one !== undefined && one.start_s <= timeS) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Where playing goes on from `timeS`: the same place, or elsewhere (a loop, a silence skipped). */
export function playsOnAt(timeS: number, loop: Span | null, silences: readonly Span[]): number {
  if (loop !== null) return timeS >= loop.end_s || timeS < loop.start_s ? loop.start_s : timeS;
  const silence = silences[lastBegun(silences, timeS)];
  return silence !== undefined && timeS < silence.end_s ? silence.end_s : timeS;
}

/** The one after (`step` 1) or before (-1) `timeS`, by beginning; undefined at the end. */
export function neighbour<One extends Span>(
  sorted: readonly One[],
  timeS: number,
  step: 1 | -1,
): One | undefined {
  // Going back from just after a beginning means the one before it, as with any player.
  const reach = 0.25;
  return step === 1
    ? sorted.find((one) => one.start_s > timeS + reach)
    : sorted.findLast((one) => one.start_s < timeS - reach);
}
