import type { Schema } from "../../../api/client";
import type { Task } from "../tasks/sections";

export type Rule = Schema<"ResultRuleView">;
export type TaskTypeRule = Schema<"TaskTypeView">;

/** What is typed of a call's result, until it is saved. */
export interface ResultDraft {
  code: string | null;
  note: string;
  reason: string;
  exception: string;
  /** When to call again, RFC 3339; null: not at all. */
  again: string | null;
  /** Whether the time is told by calendar and clock. */
  isOwnTime: boolean;
  /** The field of that time, as it was typed. */
  ownTime: string;
}

export const NO_RESULT: ResultDraft = {
  code: null,
  note: "",
  reason: "",
  exception: "",
  again: null,
  isOwnTime: false,
  ownTime: "",
};

/** Under which key a result is kept while it is typed: a task has one, wherever it is told. */
export function draftKeyOf(taskId: string | null, callId: string | null): string {
  return `result:${taskId ?? callId}`;
}

/** What is told of a call without a task, by the keys that telephones have for it. */
export const GENERAL_RULES: readonly Rule[] = [
  ruleOf("success", "1", "success"),
  ruleOf("refused", "2", "refused"),
  ruleOf("call_again", "3", "call_again"),
  ruleOf("wrong_number", "4", "unreachable"),
];

function ruleOf(code: string, key: string, kind: Rule["kind"]): Rule {
  return { code, key, kind, names: {}, needs_reason: false, proposes_do_not_call: false };
}

/** The results that a task may come to, by their keys. */
export function rulesOf(type: TaskTypeRule | undefined): readonly Rule[] {
  const rules = type?.results ?? [];
  return rules.length === 0
    ? GENERAL_RULES
    : rules.toSorted((one, other) => one.key.localeCompare(other.key));
}

/** Whether a time to call again belongs to the result: it must, may, or can't. */
export function againOf(rule: Rule | undefined): "must" | "may" | "never" {
  if (rule === undefined) return "never";
  if (rule.kind === "call_again") return "must";
  return rule.kind === "partial" || rule.kind === "unreachable" ? "may" : "never";
}

/** Whether it is closed after its time, so that why has to be told. */
export function isLate(task: Task, rule: Rule | undefined, draft: ResultDraft, now: Date): boolean {
  if (task.close_by === null || new Date(task.close_by) >= now) return false;
  return rule !== undefined && (againOf(rule) === "never" || draft.again === null);
}

/** What a person of the page still has to say before it can be saved. */
export function missingOf(
  rule: Rule | undefined,
  draft: ResultDraft,
): "code" | "again" | "reason" | null {
  if (rule === undefined) return "code";
  const needsTime = againOf(rule) === "must" || (againOf(rule) === "may" && draft.isOwnTime);
  if (needsTime && draft.again === null) return "again";
  if (rule.needs_reason && draft.reason.trim() === "") return "reason";
  return null;
}

/** What the API is told. */
export function bodyOf(draft: ResultDraft, rule: Rule): Schema<"TaskResultBody"> {
  const again = againOf(rule) === "never" ? null : draft.again;
  return {
    code: rule.code,
    note: draft.note.trim(),
    reason: draft.reason.trim(),
    exception: draft.exception.trim(),
    ...(again === null ? {} : { call_again_at: again }),
  };
}
