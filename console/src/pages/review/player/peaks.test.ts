import { describe, expect, it } from "vitest";
import { raised, waveOf } from "./peaks";

const peaks = {
  version: 2,
  bits: 8,
  sample_rate: 8000,
  samples_per_pixel: 400,
  channels: 2,
  length: 2,
  data: [-64, 32, 0, 127, -1, 1, -128, 5],
};

describe("a wave form", () => {
  it("has each side's loudest sample of each point", () => {
    const [customer, manager] = waveOf(peaks);
    expect([...customer]).toEqual([0.5, 1 / 128]);
    expect([...manager]).toEqual([127 / 128, 1]);
  });

  it("of one channel is both sides'", () => {
    const [customer, manager] = waveOf({ ...peaks, channels: 1, length: 1, data: [-64, 3] });
    expect([...customer]).toEqual([0.5]);
    expect([...manager]).toEqual([0.5]);
  });

  it("is raised to its lane, noise only so far", () => {
    expect([...raised(Float32Array.of(0.25, 0.5))]).toEqual([0.5, 1]);
    expect([...raised(Float32Array.of(0.0625))]).toEqual([0.5]);
    expect([...raised(Float32Array.of(0, 0))]).toEqual([0, 0]);
  });
});
