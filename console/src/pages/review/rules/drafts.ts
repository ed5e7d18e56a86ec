import type { Schema } from "../../../api/client";
import type { Scorecard, Script, Severity, Side } from "../queries";

/** A statement or a forbidden phrase as it is typed; amounts are text. */
export interface PhraseDraft {
  id: string;
  text: string;
  alternatives: string;
  by: Side;
  severity: Severity;
  weight: string;
}

export interface StatementDraft extends PhraseDraft {
  withinS: string;
  assent: boolean;
  products: string[];
  prompt: string | null;
}

/** A measure and between what it is to lie. */
export interface MeasureDraft {
  measure: Schema<"MeasureName">;
  atLeast: string;
  atMost: string;
}

export interface LimitDraft extends MeasureDraft {
  severity: Severity;
  weight: string;
}

export interface ScriptDraft {
  name: string;
  language: string;
  active: boolean;
  ordered: boolean;
  statements: StatementDraft[];
  phrases: PhraseDraft[];
  limits: LimitDraft[];
}

export interface ItemDraft {
  id: string;
  text: string;
  kind: Schema<"ItemKind">;
  points: string;
  critical: boolean;
  mayNotApply: boolean;
  /** One a line: `name=points`. */
  options: string;
  findings: Schema<"FindingKind">[];
  statementId: string | null;
  /** "": it is judged by findings. */
  measure: string;
  atLeast: string;
  atMost: string;
}

export interface ScorecardDraft {
  name: string;
  active: boolean;
  passPercent: string;
  items: ItemDraft[];
}

const lines = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
const amount = (text: string): number | null => (text.trim() === "" ? null : Number(text));
const typed = (value: number | null): string => (value === null ? "" : String(value));

/** An id that none of `taken` has: a number after the kind's letter. */
export function freeId(prefix: string, taken: readonly { id: string }[]): string {
  let number = taken.length + 1;
  while (taken.some(({ id }) => id === `${prefix}${number}`)) number += 1;
  return `${prefix}${number}`;
}

export function blankPhrase(taken: readonly PhraseDraft[]): PhraseDraft {
  return {
    id: freeId("p", taken),
    text: "",
    alternatives: "",
    by: "manager",
    severity: "major",
    weight: "10",
  };
}

export function blankStatement(taken: readonly StatementDraft[]): StatementDraft {
  const phrase = blankPhrase([]);
  return {
    ...phrase,
    id: freeId("s", taken),
    withinS: "",
    assent: false,
    products: [],
    prompt: null,
  };
}

export function blankItem(taken: readonly ItemDraft[]): ItemDraft {
  return {
    id: freeId("q", taken),
    text: "",
    kind: "human",
    points: "10",
    critical: false,
    mayNotApply: false,
    options: "",
    findings: [],
    statementId: null,
    measure: "",
    atLeast: "",
    atMost: "",
  };
}

/** A script as its editor shows it; null: a new one. */
export function draftOfScript(script: Script | null): ScriptDraft {
  if (script === null) {
    return {
      name: "",
      language: "zh",
      active: false,
      ordered: true,
      statements: [blankStatement([])],
      phrases: [],
      limits: [],
    };
  }
  const { name, language, active, ordered } = script;
  return {
    name,
    language,
    active,
    ordered,
    statements: script.statements.map((one) => ({
      ...phraseOf(one),
      withinS: typed(one.within_s),
      assent: one.assent,
      products: one.products,
      prompt: one.prompt,
    })),
    phrases: script.phrases.map(phraseOf),
    limits: script.limits.map((one) => ({
      measure: one.measure,
      atLeast: typed(one.at_least),
      atMost: typed(one.at_most),
      severity: one.severity,
      weight: typed(one.weight),
    })),
  };
}

function phraseOf(one: Schema<"ForbiddenPhraseView">): PhraseDraft {
  return {
    id: one.id,
    text: one.text,
    alternatives: one.alternatives.join("\n"),
    by: one.by,
    severity: one.severity,
    weight: typed(one.weight),
  };
}

/** What to send; what the editor does not show stays as it was. */
export function scriptOf(draft: ScriptDraft, before: Script | null): Schema<"ScriptBody"> {
  const phrase = ({ id, text, alternatives, by, severity, weight }: PhraseDraft) => ({
    id,
    text,
    alternatives: lines(alternatives),
    by,
    severity,
    weight: amount(weight) ?? 0,
  });
  return {
    name: draft.name,
    language: draft.language,
    active: draft.active,
    ordered: draft.ordered,
    external_id: before?.external_id ?? null,
    group_id: before?.group_id ?? null,
    ...(before !== null && { applies_to: before.applies_to }),
    statements: draft.statements.map((one) => ({
      ...phrase(one),
      within_s: amount(one.withinS),
      assent: one.assent,
      products: one.products,
      prompt: one.prompt,
    })),
    phrases: draft.phrases.map(phrase),
    limits: draft.limits.map((one) => ({
      measure: one.measure,
      at_least: amount(one.atLeast),
      at_most: amount(one.atMost),
      severity: one.severity,
      weight: amount(one.weight) ?? 0,
    })),
  };
}

/** A scorecard as its editor shows it; null: a new one. */
export function draftOfScorecard(card: Scorecard | null): ScorecardDraft {
  if (card === null) {
    return { name: "", active: true, passPercent: "80", items: [blankItem([])] };
  }
  return {
    name: card.name,
    active: card.active,
    passPercent: String(Math.round(card.pass_share * 1000) / 10),
    items: card.items.map((item) => ({
      id: item.id,
      text: item.text,
      kind: item.kind,
      points: String(item.points),
      critical: item.critical,
      mayNotApply: item.may_not_apply,
      options: item.options.map(({ label, points }) => `${label}=${points}`).join("\n"),
      findings: item.rule?.findings ?? [],
      statementId: item.rule?.statement_id ?? null,
      measure: item.rule?.measure ?? "",
      atLeast: typed(item.rule?.at_least ?? null),
      atMost: typed(item.rule?.at_most ?? null),
    })),
  };
}

export function scorecardOf(
  draft: ScorecardDraft,
  before: Scorecard | null,
): Schema<"ScorecardBody"> {
  return {
    name: draft.name,
    active: draft.active,
    pass_share: Number(draft.passPercent) / 100,
    external_id: before?.external_id ?? null,
    group_id: before?.group_id ?? null,
    items: draft.items.map((item) => ({
      id: item.id,
      text: item.text,
      kind: item.kind,
      points: Number(item.points),
      critical: item.critical,
      may_not_apply: item.mayNotApply,
      options: item.kind === "human" ? optionsOf(item.options) : [],
      rule: item.kind === "automatic" ? ruleOf(item) : null,
    })),
  };
}

/** Every field of a scorecard that the API may name. */
export function fieldsOfScorecard(draft: ScorecardDraft): string[] {
  const ofRule = ["rule", "rule.measure", "rule.at_least", "rule.at_most"];
  const ofItem = ["id", "text", "points", "options", ...ofRule];
  return ["name", "pass_share", ...fieldsOf("items", draft.items.length, ofItem)];
}

/** Every field of a script that the API may name. */
export function fieldsOfScript(draft: ScriptDraft): string[] {
  const ofPhrase = ["id", "text", "alternatives", "weight"];
  return [
    "name",
    ...fieldsOf("statements", draft.statements.length, [...ofPhrase, "within_s"]),
    ...fieldsOf("phrases", draft.phrases.length, ofPhrase),
    ...fieldsOf("limits", draft.limits.length, ["measure", "at_least", "at_most", "weight"]),
  ];
}

function fieldsOf(list: string, count: number, names: readonly string[]): string[] {
  return Array.from({ length: count }, (_, place) =>
    names.map((name) => `${list}.${place}.${name}`),
  ).flat();
}

/** Answers from lines such as `完整=10`; the last `=` divides. */
export function optionsOf(text: string): Schema<"ItemOptionBody">[] {
  return lines(text).map((line) => {
    const at = line.lastIndexOf("=");
    return at < 0
      ? { label: line, points: 0 }
      : { label: line.slice(0, at).trim(), points: Number(line.slice(at + 1)) };
  });
}

function ruleOf(item: ItemDraft): Schema<"AutomaticRuleBody"> {
  return item.measure === ""
    ? { findings: item.findings, statement_id: item.statementId }
    : {
        findings: [],
        measure: item.measure,
        at_least: amount(item.atLeast),
        at_most: amount(item.atMost),
      };
}

/** Seconds that a line of a tried talk takes: as long as it is, at 4 characters a second. */
const CHARACTERS_A_S = 4;

/** What a typed talk says: lines of `经理：` / `客户：` (or `manager:` / `customer:`), in turn. */
export function talkOf(text: string): Schema<"TrySegment">[] {
  let at = 0;
  return lines(text).map((line) => {
    const [, name = "", said = line] = /^([^:：]{1,10})[:：](.*)$/.exec(line) ?? [];
    const start_s = at;
    at += Math.max(1, said.length / CHARACTERS_A_S);
    const channel = /客|customer|^c/i.test(name) && !/经理/.test(name) ? "customer" : "manager";
    return { channel, start_s, end_s: at, text: said.trim() };
  });
}
