import { describe, expect, it } from "vitest";
import { lastBegun, neighbour, playsOnAt, silencesOf, spanBetween } from "./spans";

const span = (start_s: number, end_s: number) => ({ start_s, end_s });

describe("silences", () => {
  it("are where neither side speaks, overlaps counted once", () => {
    expect(silencesOf([span(5, 9), span(1, 4), span(3, 8)], 20)).toEqual([span(9.3, 19.7)]);
  });

  it("are worth skipping from two seconds on", () => {
    expect(silencesOf([span(1.9, 3), span(5, 6)], 7)).toEqual([span(3.3, 4.7)]);
    expect(silencesOf([], 1.5)).toEqual([]);
  });
});

describe("what has begun", () => {
  it("is found among many", () => {
    const all = [span(1, 2), span(4, 5), span(8, 9)];
    expect([0.9, 1, 3.9, 4, 100].map((at) => lastBegun(all, at))).toEqual([-1, 0, 0, 1, 2]);
    expect(lastBegun([], 3)).toBe(-1);
  });
});

describe("playing on", () => {
  const silences = [span(10, 20)];

  it("jumps over a silence, but not out of a loop", () => {
    expect(playsOnAt(9.9, null, silences)).toBe(9.9);
    expect(playsOnAt(10, null, silences)).toBe(20);
    expect(playsOnAt(20, null, silences)).toBe(20);
    expect(playsOnAt(15, span(14, 16), silences)).toBe(15);
  });

  it("goes round in a loop", () => {
    expect(playsOnAt(16, span(14, 16), [])).toBe(14);
    expect(playsOnAt(2, span(14, 16), [])).toBe(14);
  });
});

describe("neighbours", () => {
  const all = [span(1, 2), span(4, 5)];

  it("are those after and before the place", () => {
    expect(neighbour(all, 0, 1)).toBe(all[0]);
    expect(neighbour(all, 1.1, 1)).toBe(all[1]);
    expect(neighbour(all, 4, 1)).toBeUndefined();
    expect(neighbour(all, 4.1, -1)).toBe(all[0]);
    expect(neighbour(all, 1, -1)).toBeUndefined();
  });
});

describe("a span between two places", () => {
  it("is the same in either direction", () => {
    expect(spanBetween(5, 2, 10)).toEqual(span(2, 5));
    expect(spanBetween(2, 5, 10)).toEqual(span(2, 5));
  });

  it("stays within the recording", () => {
    expect(spanBetween(-3, 99, 10)).toEqual(span(0, 10));
  });

  it("is never too short to be heard, at neither end", () => {
    expect(spanBetween(0, 0, 10)).toEqual(span(0, 0.2));
    expect(spanBetween(10, 11, 10)).toEqual(span(9.8, 10));
  });
});
