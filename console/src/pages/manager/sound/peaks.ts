import type { Schema } from "../../../api/client";

/** The wave form as bars from 0 to 1, both sides together: the louder counts. */
export function barsOf({ channels, data, length }: Schema<"PeaksView">): number[] {
  const values = channels * 2;
  return Array.from({ length }, (_, point) => {
    const of = data.slice(point * values, (point + 1) * values);
    return Math.max(0, ...of.map(Math.abs)) / 128;
  });
}

/** How long the sound is, in seconds. */
export function secondsOf({ length, samples_per_pixel, sample_rate }: Schema<"PeaksView">): number {
  return (length * samples_per_pixel) / sample_rate;
}

/** Bars as the path of an image `bars.length` wide and 100 high; the quietest is still seen. */
export function pathOf(bars: readonly number[]): string {
  return bars
    .map((bar, place) => {
      const height = Math.max(4, Math.min(1, bar) * 100);
      const top = Math.round(50 - height / 2);
      return `M${place + 0.2} ${top}h.6v${Math.round(height)}h-.6z`;
    })
    .join("");
}
