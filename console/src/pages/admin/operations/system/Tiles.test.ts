import { expect, test } from "vitest";
import { placesOf } from "./Tiles";

test("places of all trunks are counted together", () => {
  expect(placesOf([{ max_calls: 30 }, { max_calls: 10 }])).toBe(40);
});

test("one trunk without a limit has no limit for all", () => {
  expect(placesOf([{ max_calls: 30 }, { max_calls: 0 }])).toBeNull();
});
