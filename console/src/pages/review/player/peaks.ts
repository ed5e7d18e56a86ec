import type { Schema } from "../../../api/client";

/** A wave form as the player draws it: for each side, its loudest sample of each point, 0 to 1. */
export type Wave = readonly [customer: Float32Array, manager: Float32Array];

/**
 * Read the API's peaks: for each point the least and the greatest value of each side in turn. Of a
 * recording with one channel both sides are the same.
 */
export function waveOf(peaks: Schema<"PeaksView">): Wave {
  const full = 2 ** (peaks.bits - 1);
  const side = (channel: number): Float32Array =>
    Float32Array.from({ length: peaks.length }, (_, point) => {
      const at = 2 * (point * peaks.channels + channel);
      return Math.max(-(peaks.data[at] ?? 0), peaks.data[at + 1] ?? 0) / full;
    });
  return [side(0), side(Math.min(1, peaks.channels - 1))];
}

/** Make the loudest point of a side as high as its lane, but quiet noise no more than `most`. */
export function raised(side: Float32Array, most = 8): Float32Array {
  const loudest = side.reduce((high, value) => Math.max(high, value), 0);
  const factor = loudest === 0 ? 1 : Math.min(most, 1 / loudest);
  return side.map((value) => value * factor);
}
