import { describe, expect, it } from "vitest";
import { draftOfScorecard, freeId, optionsOf, scorecardOf, talkOf } from "./drafts";

describe("what is typed", () => {
  it("becomes answers with their points", () => {
    expect(optionsOf(" 完整=10 \n\n不完整 = 5\na=b=0")).toEqual([
      { label: "完整", points: 10 },
      { label: "不完整", points: 5 },
      { label: "a=b", points: 0 },
    ]);
  });

  it("becomes a talk, one line after the other", () => {
    expect(talkOf("经理：您好\n客户: 好的\n再见")).toEqual([
      { channel: "manager", start_s: 0, end_s: 1, text: "您好" },
      { channel: "customer", start_s: 1, end_s: 2, text: "好的" },
      { channel: "manager", start_s: 2, end_s: 3, text: "再见" },
    ]);
    expect(talkOf("客户经理：您好")[0]?.channel).toBe("manager");
    expect(talkOf("customer: yes")[0]?.channel).toBe("customer");
  });

  it("has ids of its own", () => {
    expect(freeId("q", [])).toBe("q1");
    expect(freeId("q", [{ id: "a" }, { id: "q3" }])).toBe("q4");
  });

  it("leaves a scorecard as it was where nothing was typed", () => {
    const card = {
      id: "crd_1",
      external_id: "x",
      group_id: "grp_1",
      name: "Revisit",
      version: 3,
      active: true,
      pass_share: 0.825,
      items: [
        {
          id: "tone",
          text: "Friendly?",
          kind: "human" as const,
          points: 10,
          critical: true,
          may_not_apply: true,
          options: [{ label: "Yes", points: 10 }],
          rule: null,
        },
        {
          id: "pause",
          text: "No silence",
          kind: "automatic" as const,
          points: 5,
          critical: false,
          may_not_apply: false,
          options: [],
          rule: {
            findings: [],
            statement_id: null,
            measure: "longest_silence_s",
            at_least: null,
            at_most: 10,
          },
        },
      ],
    };
    const { id: _id, version: _version, items, ...rest } = card;
    expect(scorecardOf(draftOfScorecard(card), card)).toMatchObject(rest);
    const [tone, pause] = scorecardOf(draftOfScorecard(card), card).items;
    expect(tone).toEqual(items[0]);
    expect(pause?.rule).toEqual({
      findings: [],
      measure: "longest_silence_s",
      at_least: null,
      at_most: 10,
    });
  });
});
