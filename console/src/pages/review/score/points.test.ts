import { describe, expect, it } from "vitest";
import type { Review } from "../queries";
import {
  answerOf,
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
  may_not_apply: false,
  options: [],
  rule: null,
  ...more,
});
const score = (more: Partial<Score>): Score => ({
  item_id: "tone",
  points: null,
  not_applicable: false,
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

const LEFT_OUT = { points: null, notApplicable: true };

describe("choices", () => {
  it("are the scorecard's, or all, half and none", () => {
    expect(choicesOf(item({})).map(({ points }) => points)).toEqual([10, 5, 0]);
    expect(choicesOf(item({ kind: "automatic" })).map(({ points }) => points)).toEqual([10, 0]);
    expect(choicesOf(item({ options: [{ label: "Yes", points: 10 }] }))).toEqual([
      { label: "Yes", points: 10, notApplicable: false, key: 1 },
    ]);
  });

  it("have that it does not apply as 0, where it may not", () => {
    const last = choicesOf(item({ may_not_apply: true })).at(-1);
    expect(last).toEqual({ label: null, points: null, notApplicable: true, key: 0 });
    expect(choicesOf(item({})).some(({ notApplicable }) => notApplicable)).toBe(false);
  });

  it("need a reason where they overrule the check", () => {
    const given = (points: number | null) => ({ points, notApplicable: false });
    expect(overrules(score({ automatic: 10 }), given(0))).toBe(true);
    expect(overrules(score({ automatic: 10 }), given(10))).toBe(false);
    expect(overrules(score({ automatic: 10 }), given(null))).toBe(false);
    expect(overrules(score({}), given(0))).toBe(false);
    expect(overrules(score({ automatic: 10 }), LEFT_OUT)).toBe(true);
    expect(overrules(score({}), LEFT_OUT)).toBe(false);
  });
});

describe("a total", () => {
  it("follows what is given", () => {
    const given = withPoints(review, [
      { itemId: "tone", points: 5, notApplicable: false, reason: "" },
    ]);
    expect(given.total).toMatchObject({ points: 45, most: 50, share: 0.9, passed: true });
    expect(unanswered(review).map(({ id }) => id)).toEqual(["tone"]);
    expect(unanswered(given)).toEqual([]);
  });

  it("leaves out what does not apply", () => {
    const given = withPoints(review, [{ itemId: "tone", ...LEFT_OUT, reason: "" }]);
    expect(given.total).toMatchObject({ points: 40, most: 40, share: 1, passed: true });
    expect(given.total?.not_applicable).toEqual(["tone"]);
    expect(unanswered(given)).toEqual([]);
    expect(answerOf(given.scores[0])).toEqual(LEFT_OUT);
    const failed = [score({ not_applicable: true }), score({ item_id: "words", points: 0 })];
    const critical = {
      ...scorecard,
      items: scorecard.items.map((one) => ({ ...one, critical: true })),
    };
    expect(totalOf(critical, failed).failed_by).toEqual(["words"]);
  });

  it("fails by a critical item, whatever the sum", () => {
    const scores = [score({ points: 10 }), score({ item_id: "words", points: 0 })];
    expect(totalOf({ ...scorecard, pass_share: 0 }, scores)).toMatchObject({
      passed: false,
      failed_by: ["words"],
    });
  });
});
