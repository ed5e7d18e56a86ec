import { describe, expect, it } from "vitest";
import { faults, faultWord } from "./faults";
import { setLanguage, textOf } from "./words";

it("says one of what a limit counts as one", () => {
  setLanguage("en");
  expect(textOf(faults, "too-long", { max: 1, count: 1 })).toBe("At most 1 character");
  expect(textOf(faults, "too-few", { min: 2, count: 2 })).toBe("At least 2 items");
  setLanguage("zh");
});

describe("faultWord", () => {
  it("takes the word for the value that came along", () => {
    expect(faultWord("too-small", { min: 1 })).toBe("too-small:min");
    expect(faultWord("too-small", { other: "from" })).toBe("too-small:other");
    expect(faultWord("length", { min: 1, max: 1 })).toBe("length:exact");
    expect(faultWord("length", { min: 1, max: 9 })).toBe("length");
  });

  it("takes the kind's own where no value is known, and none for a kind of a later version", () => {
    expect(faultWord("too-small", { later: 1 })).toBe("too-small");
    expect(faultWord("of-a-later-version", { min: 1 })).toBe(null);
    expect(faultWord("other", {})).toBe(null);
  });
});
