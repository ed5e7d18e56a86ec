import { describe, expect, it } from "vitest";
import { ruleOf, type SampleDraft } from "./samples";

const draft: SampleDraft = {
  scorecardId: "crd_1",
  days: { from: "2026-11-01", to: "2026-11-01" },
  draw: "per_manager",
  amount: "3",
  blindPercent: "",
  minSeconds: "",
  seed: "",
};

describe("a sample's rule", () => {
  it("has exactly one way to draw", () => {
    expect(ruleOf(draft)).toMatchObject({ per_manager: 3, blind_share: 0, min_duration_s: 0 });
    expect(ruleOf(draft)).not.toHaveProperty("share");
    const share = ruleOf({ ...draft, draw: "share", amount: "5", blindPercent: "20" });
    expect(share).toMatchObject({ share: 0.05, blind_share: 0.2 });
    expect(share).not.toHaveProperty("per_manager");
  });
});
