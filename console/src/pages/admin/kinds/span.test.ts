import { expect, it } from "vitest";
import { secondsOf, spanDraft } from "./span";

it("is said in the largest unit that leaves nothing over", () => {
  expect(spanDraft(4 * 3_600)).toEqual({ amount: "4", unit: "hours" });
  expect(spanDraft(7 * 86_400)).toEqual({ amount: "7", unit: "days" });
  expect(spanDraft(5_400)).toEqual({ amount: "90", unit: "minutes" });
  expect(spanDraft(0, "minutes")).toEqual({ amount: "0", unit: "minutes" });
  expect(spanDraft(null)).toEqual({ amount: "", unit: "hours" });
});

it.each([60, 3_600, 5_400, 86_400, 90_061])("loses nothing of %d seconds", (seconds) => {
  expect(secondsOf(spanDraft(seconds))).toBe(seconds);
});

it("sends what is no amount as one that is refused", () => {
  expect(secondsOf({ amount: "", unit: "hours" })).toBeNull();
  expect(secondsOf({ amount: " 1.5 ", unit: "hours" })).toBe(5_400);
  expect(secondsOf({ amount: "四", unit: "hours" })).toBe(-1);
});
