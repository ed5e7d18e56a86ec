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
