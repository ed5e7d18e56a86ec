import { expect, it } from "vitest";
import { amountOf, amountOrNull, textOrNull, typedOf } from "./typed";

it("takes nothing for none, and what is no amount for one that is refused", () => {
  expect([amountOrNull(" "), amountOrNull("20"), amountOrNull("many")]).toEqual([null, 20, -1]);
  expect([amountOf(" "), amountOf("2.5")]).toEqual([-1, 2.5]);
  expect([textOrNull("  "), textOrNull(" 王 ")]).toEqual([null, "王"]);
});

it.each([null, 0, 2.5])("sends back %s as it was read", (amount) => {
  expect(amountOrNull(typedOf(amount))).toBe(amount);
});
