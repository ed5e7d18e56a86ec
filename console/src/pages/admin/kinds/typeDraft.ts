import type { Schema } from "../../../api/client";
import { amountOf } from "../../../kit/typed";
import type { TaskType } from "./kinds";
import { type SpanDraft, secondsOf, spanDraft } from "./span";
import { type TimesDraft, timesBody, timesDraft } from "./times";

/** What something is called, by language. */
export type Names = Readonly<Record<string, string>>;

/** A result while it is typed; `id` tells rows apart and is sent to nobody. */
export interface ResultRow {
  id: number;
  code: string;
  kind: Schema<"ResultKind">;
  key: string;
  names: Names;
  needs_reason: boolean;
  proposes_do_not_call: boolean;
}

/** A field while it is typed. */
export interface FieldRow {
  id: number;
  name: string;
  kind: Schema<"FieldKind">;
  names: Names;
  is_required: boolean;
  /** With semicolons between them. */
  choices: string;
}

/** A type of tasks as the form has it: amounts are text while they are typed. */
export interface TypeDraft extends TimesDraft {
  name: string;
  names: Names;
  priority: Schema<"Priority">;
  escalates: boolean;
  needsContact: boolean;
  asksResult: boolean;
  results: readonly ResultRow[];
  fields: readonly FieldRow[];
  most: string;
  perDay: string;
  spacing: SpanDraft;
  scriptId: string | null;
  followUpType: string | null;
  followUpDays: string;
}

/** The fields of the form, as the API calls them. */
export const TYPE_FIELDS = [
  "names",
  "priority",
  "times",
  "escalates",
  "needs_contact",
  "asks_result",
  "results",
  "fields",
  "attempts",
  "script_id",
  "follow_up_type",
  "follow_up_days",
] as const;

/** As many as there are keys of a telephone. */
export const MOST_RESULTS = 10;
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"] as const;

export function typeDraft(of: TaskType | null): TypeDraft {
  return {
    name: of?.name ?? "",
    names: of?.names ?? {},
    priority: of?.priority ?? "normal",
    ...timesDraft(of?.times ?? null),
    escalates: of?.escalates ?? false,
    needsContact: of?.needs_contact ?? false,
    asksResult: of?.asks_result ?? true,
    results: (of?.results ?? []).map((one, id) => ({ ...one, id })),
    fields: (of?.fields ?? []).map((one, id) => ({ ...one, id, choices: one.choices.join("；") })),
    most: String(of?.attempts.most ?? 5),
    perDay: String(of?.attempts.per_day ?? 2),
    spacing: spanDraft(of?.attempts.spacing_s ?? 7_200, "minutes"),
    scriptId: of?.script_id ?? null,
    followUpType: of?.follow_up_type ?? null,
    followUpDays: (of?.follow_up_days ?? [30, 90]).join(", "),
  };
}

export function typeBody(draft: TypeDraft): Schema<"TaskTypeBody"> {
  return {
    names: namesOf(draft.names),
    priority: draft.priority,
    times: timesBody(draft),
    escalates: draft.escalates,
    needs_contact: draft.needsContact,
    asks_result: draft.asksResult,
    results: draft.results.map(({ id: _, ...one }) => ({
      ...one,
      code: one.code.trim(),
      names: namesOf(one.names),
    })),
    fields: draft.fields.map(({ id: _, ...one }) => ({
      ...one,
      name: one.name.trim(),
      names: namesOf(one.names),
      choices: one.kind === "choice" ? parted(one.choices, /[;；]/) : [],
    })),
    attempts: {
      most: amountOf(draft.most),
      per_day: amountOf(draft.perDay),
      spacing_s: secondsOf(draft.spacing) ?? -1,
    },
    script_id: draft.scriptId,
    follow_up_type: draft.followUpType,
    follow_up_days: parted(draft.followUpDays, /[,，、\s]/).map(amountOf),
  };
}

/** A new result, with the first key that is free. */
export function newResult(rows: readonly ResultRow[]): ResultRow {
  const key = KEYS.find((one) => rows.every((row) => row.key !== one)) ?? "0";
  return {
    id: nextId(rows),
    code: "",
    kind: "success",
    key,
    names: {},
    needs_reason: false,
    proposes_do_not_call: false,
  };
}

export function newField(rows: readonly FieldRow[]): FieldRow {
  return { id: nextId(rows), name: "", kind: "text", names: {}, is_required: false, choices: "" };
}

/** Names as they are sent: those that are empty are none. */
export function namesOf(names: Names): Record<string, string> {
  const kept = Object.entries(names).map(([language, name]) => [language, name.trim()] as const);
  return Object.fromEntries(kept.filter(([, name]) => name !== ""));
}

function nextId(rows: readonly { id: number }[]): number {
  return Math.max(-1, ...rows.map((one) => one.id)) + 1;
}

function parted(text: string, between: RegExp): string[] {
  return text
    .split(between)
    .map((one) => one.trim())
    .filter((one) => one !== "");
}
