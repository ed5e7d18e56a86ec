import { expect, test } from "vitest";
import { appended, pathOf } from "./sparkline-path";

test("a line goes from the left to the right, high where values are", () => {
  expect(pathOf([0, 10, 5], 100, 22)).toBe("M0 21L50 1L100 11");
});

test("one value alone is a line along the bottom", () => {
  expect(pathOf([3], 100, 22)).toBe("M0 21H100");
});

test("nothing but zeros stays at the bottom", () => {
  expect(pathOf([0, 0], 100, 22)).toBe("M0 21L100 21");
});

test("the oldest values go", () => {
  expect(appended([1, 2, 3], 4, 3)).toEqual([2, 3, 4]);
});
