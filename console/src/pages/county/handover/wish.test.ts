import { describe, expect, it } from "vitest";
import { NEW, wishOf } from "./wish";

const FROM = { ...NEW, managerId: "mgr_1" };

describe("wishOf", () => {
  it("asks for nothing before everything is chosen", () => {
    expect(wishOf(NEW, "grp_1")).toBeNull();
    expect(wishOf(FROM, "grp_1")).toBeNull();
    expect(wishOf({ ...FROM, kind: "by_class" }, "grp_1")).toBeNull();
    expect(wishOf({ ...FROM, kind: "deputy", isLater: true }, "grp_1")).toBeNull();
  });

  it("says when, to whom and why", () => {
    const at = "2026-12-01T00:00:00Z";
    const draft = { ...FROM, toId: "mgr_2", isLater: true, at, why: " 离职 " };
    expect(wishOf(draft, "grp_1")).toEqual({
      managerId: "mgr_1",
      to: { kind: "one", manager_id: "mgr_2" },
      at,
      why: "离职",
      introduce: true,
      move_matters: true,
    });
    // A time that was typed and then not wanted is not sent.
    expect(wishOf({ ...draft, isLater: false }, "grp_1")?.at).toBeNull();
  });

  it("shares evenly in the group of who gives", () => {
    expect(wishOf({ ...FROM, kind: "evenly" }, "grp_1")?.to).toEqual({
      kind: "evenly",
      group_id: "grp_1",
    });
  });
});
