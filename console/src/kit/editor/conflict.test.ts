import { describe, expect, it } from "vitest";
import { differenceOf } from "./conflict";

const base = { name: "王丽", tier: "高", numbers: ["1"] };

describe("differenceOf", () => {
  it("takes over what only the other one changed, and asks about what both did", () => {
    const mine = { name: "王莉", tier: "高", numbers: ["1", "2"] };
    const theirs = { name: "王俐", tier: "低", numbers: ["1"] };
    expect(differenceOf(base, mine, theirs)).toEqual({ conflicts: ["name"], taken: ["tier"] });
  });

  it("finds nothing to choose where both typed the same", () => {
    const both = { ...base, numbers: ["3"] };
    expect(differenceOf(base, both, { ...both })).toEqual({ conflicts: [], taken: [] });
  });
});
