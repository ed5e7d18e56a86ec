import { describe, expect, it } from "vitest";
import { missingOf, NO_RESULT, type Rule } from "./resultDraft";

const TIME = "2026-11-23T02:00:00Z";

function rule(kind: Rule["kind"]): Rule {
  return { code: "x", key: "1", kind, names: {}, needs_reason: false, proposes_do_not_call: false };
}

describe("missingOf", () => {
  it("asks for a time where there must be one", () => {
    expect(missingOf(rule("call_again"), NO_RESULT)).toBe("again");
    expect(missingOf(rule("call_again"), { ...NO_RESULT, again: TIME })).toBeNull();
  });

  it("takes no result without the time that was begun with", () => {
    const draft = { ...NO_RESULT, isOwnTime: true, ownTime: "2020-01-01T10:00" };
    expect(missingOf(rule("unreachable"), draft)).toBe("again");
    expect(missingOf(rule("unreachable"), { ...draft, again: TIME })).toBeNull();
    expect(missingOf(rule("unreachable"), NO_RESULT)).toBeNull();
    expect(missingOf(rule("success"), draft)).toBeNull();
  });
});
