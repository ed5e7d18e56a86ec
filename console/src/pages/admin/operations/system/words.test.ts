import { expect, test } from "vitest";
import { alertMends, alertTitles } from "../../../../text/alerts";
import { splitSlug } from "./words";

test("the name of a trunk is told apart from what is wrong with it", () => {
  expect(splitSlug("trunk-down/lab/2")).toEqual({ kind: "trunk-down", about: "lab/2" });
  expect(splitSlug("store-away")).toEqual({ kind: "store-away", about: null });
});

test("whatever has a title has a mend", () => {
  expect([...alertMends.names].sort()).toEqual([...alertTitles.names].sort());
});
