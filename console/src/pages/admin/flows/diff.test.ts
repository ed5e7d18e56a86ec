import { expect, it } from "vitest";
import { diffLines } from "./diff";

const shown = (before: string, after: string) =>
  diffLines(before, after).map(
    ({ kind, text }) => `${{ same: " ", added: "+", removed: "-" }[kind]}${text}`,
  );

it("keeps what both have, in order", () => {
  expect(shown("a\nb\nc", "a\nx\nc\nd")).toEqual([" a", "-b", "+x", " c", "+d"]);
});

it("finds nothing between equal texts, and counts lines of each side", () => {
  expect(diffLines("a\nb", "a\nb").every((one) => one.kind === "same")).toBe(true);
  expect(diffLines("", "a").at(-1)).toMatchObject({ kind: "added", after: 1, before: null });
});
