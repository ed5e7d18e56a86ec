import { lastBegun, type Span } from "../player/spans";
import type { Finding, Segment, Side } from "../queries";

/** A word of a line, with what was found there. */
export interface Word extends Span {
  text: string;
  severity: Finding["severity"] | null;
}

/** What a line may be as well, with what was found there. */
export interface Alternative {
  text: string;
  /** 0 to 1, among all that was weighed. */
  probability: number;
  severity: Finding["severity"] | null;
}

/** What one side said between two pauses, as the page shows it. */
export interface Line extends Span {
  channel: Side;
  words: readonly Word[];
  text: string;
  /** Words are written apart: not so in Chinese. */
  isSpaced: boolean;
  findings: readonly Finding[];
  /** What else the recogniser weighed, the likeliest first. */
  alternatives: readonly Alternative[];
  /** What was found here does not stand in the words, but in what they may be as well. */
  isFoundInAlternative: boolean;
}

const ORDER = ["info", "minor", "major", "critical"];

/** Lines by their beginning; each has the findings that begin in it, of its own side or of none. */
export function linesOf(segments: readonly Segment[], findings: readonly Finding[]): Line[] {
  const sorted = [...segments].sort((a, b) => a.start_s - b.start_s);
  return sorted.map((segment) => {
    const found = findings.filter((one) => touches(one, segment));
    const inWords = found.filter((one) => standsInWords(one, segment));
    const begun = found.filter(
      (one) => one.start_s !== null && one.start_s >= segment.start_s - 0.05,
    );
    const alternatives = segment.alternatives.map(({ text, probability }) => ({
      text,
      probability,
      severity: worst(found.filter((one) => textOf(one, segment) === text)),
    }));
    return {
      start_s: segment.start_s,
      end_s: segment.end_s,
      channel: segment.channel,
      text: segment.text,
      isSpaced: segment.text.includes(" "),
      words: wordsOf(segment).map((word) => ({
        ...word,
        severity: worst(inWords.filter((one) => touches(one, word))),
      })),
      findings: begun,
      alternatives,
      isFoundInAlternative:
        alternatives.length > 0 &&
        (begun.some(({ reason }) => reason === "alternative") ||
          alternatives.some(({ severity }) => severity !== null)),
    };
  });
}

/** Whether words may be marked: a finding in an alternative has another text as evidence. */
function standsInWords(finding: Finding, segment: Segment): boolean {
  const text = textOf(finding, segment);
  return finding.reason !== "alternative" && (text === undefined || text === segment.text);
}

/**
 * The text of a segment that a finding rests on: its own or an alternative. Evidence is the texts
 * of one or more segments with blanks between; texts may have blanks too, so the longest counts.
 */
function textOf({ evidence }: Finding, segment: Segment): string | undefined {
  return [segment.text, ...segment.alternatives.map(({ text }) => text)]
    .filter((text) => text !== "" && ` ${evidence} `.includes(` ${text} `))
    .reduce<string | undefined>(
      (longest, text) => (text.length > (longest?.length ?? 0) ? text : longest),
      undefined,
    );
}

/** Whether a finding of this side (or of both) overlaps a span. */
function touches(finding: Finding, span: Span & { channel?: Side }): boolean {
  const { start_s, end_s, channel } = finding;
  if (start_s === null || end_s === null) return false;
  if (channel !== null && span.channel !== undefined && channel !== span.channel) return false;
  return start_s < span.end_s && end_s > span.start_s;
}

/** Engines that give no words have the segment as one. */
function wordsOf(segment: Segment): (Span & { text: string })[] {
  if (segment.words.length > 0) return segment.words;
  return [{ text: segment.text, start_s: segment.start_s, end_s: segment.end_s }];
}

function worst(found: readonly Finding[]): Finding["severity"] | null {
  return found.reduce<Finding["severity"] | null>(
    (bad, { severity }) =>
      bad === null || ORDER.indexOf(severity) > ORDER.indexOf(bad) ? severity : bad,
    null,
  );
}

/** The line and the word that are heard at a time; the line stays the last one in a silence. */
export function heardAt(lines: readonly Line[], timeS: number): { line: number; word: number } {
  const line = lastBegun(lines, timeS);
  const found = lines[line];
  if (found === undefined || timeS > found.end_s) return { line, word: -1 };
  return { line, word: lastBegun(found.words, timeS) };
}

/** Indexes of the lines that hold a text, case and width aside. */
export function linesWith(lines: readonly Line[], text: string): number[] {
  const wanted = plain(text);
  if (wanted === "") return [];
  return lines.flatMap((line, index) => (plain(line.text).includes(wanted) ? [index] : []));
}

function plain(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/g, "");
}
