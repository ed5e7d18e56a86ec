import { describe, expect, it } from "vitest";
import type { Review } from "../queries";
import {
  choicesOf,
  type Item,
  overrules,
  type Score,
  totalOf,
  unanswered,
  withPoints,
} from "./points";

const item = (more: Partial<Item>): Item => ({
  id: "tone",
  text: "Friendly?",
  kind: "human",
  points: 10,
  critical: false,
  options: [],
  rule: null,
  ...more,
});
const score = (more: Partial<Score>): Score => ({
  item_id: "tone",
  points: null,
  automatic: null,
  reason: "",
  finding_ids: [],
  ...more,
});
const scorecard: Review["scorecard"] = {
  id: "crd_1",
  external_id: null,
  group_id: null,
  name: "Revisit",
  version: 1,
  active: true,
  pass_share: 0.8,
  items: [item({}), item({ id: "words", kind: "automatic", points: 40, critical: true })],
};
const review: Review = {
  id: "rev_1",
  recording_id: "rec_1",
  call_id: "call_1",
  group_id: null,
  manager_id: null,
  sample_id: null,
  part: "only",
  state: "assigned",
  reviewer: "usr_1",
  scorecard,
  scores: [score({}), score({ item_id: "words", points: 40, automatic: 40 })],
  total: null,
  summary: "",
  comments: [],
  appeal: null,
  decision: null,
  history: [],
  revision: 1,
  created_at: "2026-01-01T00:00:00Z",
  created_by: "usr_1",
  scored_at: null,
  final_at: null,
};

describe("choices", () => {
  it("are the scorecard's, or all, half and none", () => {
    expect(choicesOf(item({})).map(({ points }) => points)).toEqual([10, 5, 0]);
    expect(choicesOf(item({ kind: "automatic" })).map(({ points }) => points)).toEqual([10, 0]);
    expect(choicesOf(item({ options: [{ label: "Yes", points: 10 }] }))).toEqual([
      { label: "Yes", points: 10 },
    ]);
  });

  it("need a reason where they overrule the check", () => {
    expect(overrules(score({ automatic: 10 }), 0)).toBe(true);
    expect(overrules(score({ automatic: 10 }), 10)).toBe(false);
    expect(overrules(score({ automatic: 10 }), null)).toBe(false);
    expect(overrules(score({}), 0)).toBe(false);
  });
});

describe("a total", () => {
  it("follows what is given", () => {
    const given = withPoints(review, [{ itemId: "tone", points: 5, reason: "" }]);
    expect(given.total).toMatchObject({ points: 45, most: 50, share: 0.9, passed: true });
    expect(unanswered(review).map(({ id }) => id)).toEqual(["tone"]);
    expect(unanswered(given)).toEqual([]);
  });

  it("fails by a critical item, whatever the sum", () => {
    const scores = [score({ points: 10 }), score({ item_id: "words", points: 0 })];
    expect(totalOf({ ...scorecard, pass_share: 0 }, scores)).toMatchObject({
      passed: false,
      failed_by: ["words"],
    });
  });
});
