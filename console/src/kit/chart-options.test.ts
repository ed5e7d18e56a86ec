import { expect, it } from "vitest";
import { places } from "./chart-options";

it("writes as many labels as have room", () => {
  expect(places(5, 800)).toEqual([0, 1, 2, 3, 4]);
  expect(places(30, 800)).toEqual([0, 4, 8, 12, 16, 20, 24, 28]);
  expect(places(0, 800)).toEqual([]);
});
