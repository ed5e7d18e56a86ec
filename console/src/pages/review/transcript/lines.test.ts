import { describe, expect, it } from "vitest";
import type { Finding, Segment } from "../queries";
import { heardAt, linesOf, linesWith } from "./lines";

const word = (text: string, start_s: number, end_s: number) => ({
  text,
  start_s,
  end_s,
  confidence: null,
});
const manager: Segment = {
  channel: "manager",
  start_s: 1,
  end_s: 3,
  text: "保证 收益",
  confidence: null,
  words: [word("保证", 1, 2), word("收益", 2, 3)],
  alternatives: [],
};
const customer: Segment = { ...manager, channel: "customer", start_s: 0, end_s: 2, words: [] };
const finding: Finding = {
  id: "fnd_1",
  recording_id: "rec_1",
  call_id: "call_1",
  group_id: null,
  manager_id: null,
  kind: "phrase-forbidden",
  severity: "critical",
  channel: "manager",
  start_s: 2,
  end_s: 2.5,
  evidence: "收益",
  reason: null,
  params: {},
  detail: "",
  score: 90,
  script_id: null,
  script_version: null,
  statement_id: null,
  created_at: "2026-01-01T00:00:00Z",
};

describe("lines", () => {
  const lines = linesOf([manager, customer], [finding]);

  it("are by their beginning, with what was found on that side only", () => {
    expect(lines.map((line) => line.channel)).toEqual(["customer", "manager"]);
    expect(lines.map((line) => line.findings.length)).toEqual([0, 1]);
    expect(lines[1]?.words.map((one) => one.severity)).toEqual([null, "critical"]);
  });

  it("without words are one word long", () => {
    expect(lines[0]?.words).toEqual([{ text: "保证 收益", start_s: 0, end_s: 2, severity: null }]);
  });

  it("mark no words for what stands in an alternative, but the alternative, and open", () => {
    const weighed: Segment = {
      ...manager,
      alternatives: [
        { text: "保证", probability: 0.2 },
        { text: "保证收益", probability: 0.15 },
      ],
    };
    const inWords: Finding = { ...finding, end_s: 3, evidence: "保证 收益", severity: "minor" };
    const within = { start_s: 1.2, end_s: 2.4, evidence: "保证收益", params: { likelihood: 0.2 } };
    const likely: Finding = { ...finding, ...within, reason: "alternative" };
    const marksOf = (...found: Finding[]) => {
      const [line] = linesOf([weighed], found);
      return {
        words: line?.words.map((one) => one.severity),
        alternatives: line?.alternatives.map((one) => one.severity),
        isOpen: line?.isFoundInAlternative,
      };
    };
    const marked = {
      words: [null, null],
      alternatives: [null, "critical"],
      isOpen: true,
    };
    expect(marksOf(likely)).toEqual(marked);
    // Another reason is told before that one, and the evidence is all that tells.
    expect(marksOf({ ...likely, reason: "late" })).toEqual(marked);
    expect(marksOf(likely, inWords)).toEqual({ ...marked, words: [null, "minor"] });
    expect(marksOf(inWords)).toEqual({
      words: [null, "minor"],
      alternatives: [null, null],
      isOpen: false,
    });
  });

  it("are marked where a sentence over two of them goes on in an alternative", () => {
    const first: Segment = { ...manager, start_s: 0, end_s: 1, text: "我们保证", words: [] };
    const second: Segment = { ...manager, alternatives: [{ text: "收益的", probability: 0.3 }] };
    const over: Finding = {
      ...finding,
      start_s: 0.5,
      reason: "alternative",
      evidence: "我们保证 收益的",
    };
    const [begins, goesOn] = linesOf([first, second], [over]);
    expect(begins).toMatchObject({ findings: [over], isFoundInAlternative: false });
    expect(begins?.words[0]?.severity).toBeNull();
    expect(goesOn).toMatchObject({ findings: [], isFoundInAlternative: true });
    expect(goesOn?.words.map((one) => one.severity)).toEqual([null, null]);
    expect(goesOn?.alternatives[0]?.severity).toBe("critical");
  });

  it("tell what is heard", () => {
    expect(heardAt(lines, 2.2)).toEqual({ line: 1, word: 1 });
    expect(heardAt(lines, 9)).toEqual({ line: 1, word: -1 });
    expect(heardAt([], 1)).toEqual({ line: -1, word: -1 });
  });

  it("are found by their text, whatever its blanks and width", () => {
    expect(linesWith(lines, "证收")).toEqual([0, 1]);
    expect(linesWith(lines, " ")).toEqual([]);
    expect(linesWith(lines, "没有")).toEqual([]);
  });
});
