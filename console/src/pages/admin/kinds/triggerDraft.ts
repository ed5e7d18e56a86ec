import type { Schema } from "../../../api/client";
import { typedOf } from "../../../kit/typed";
import { taskTypes } from "../../../text/codes";
import { isWord } from "../../../text/words";
import type { TriggerKind } from "./kinds";
import { spanDraft } from "./span";
import { type TimesDraft, timesBody, timesDraft } from "./times";
import { type Names, namesOf } from "./typeDraft";

/** From when on something follows; amounts are text while they are typed, empty: no limit. */
export interface ThresholdDraft {
  fact: string;
  measure: Schema<"Measure">;
  before: string;
  above: string;
  atMost: string;
}

/** A kind of triggers as the form has it. */
export interface TriggerDraft {
  name: string;
  names: Names;
  /** The name of the type of the task that follows, be it shipped or one's own. */
  task: string | null;
  /** Null: a task follows always. */
  threshold: ThresholdDraft | null;
  /** Null: those of the task's type. */
  times: TimesDraft | null;
  /** Null: that of the task's type. */
  priority: Schema<"Priority"> | null;
  escalates: boolean;
}

/** The fields of the form, as the API calls them. */
export const TRIGGER_FIELDS = [
  "names",
  "type",
  "own_type",
  "threshold",
  "times",
  "priority",
  "escalates",
] as const;

/** What a threshold begins with that is switched on. */
export const NEW_THRESHOLD: ThresholdDraft = {
  fact: "",
  measure: "value",
  before: "",
  above: "",
  atMost: "",
};

/** What times of its own begin with. */
export const NEW_TIMES: TimesDraft = {
  due: spanDraft(null, "days"),
  contact: spanDraft(4 * 3_600),
  closeDays: "2",
};

export function triggerDraft(of: TriggerKind | null): TriggerDraft {
  return {
    name: of?.name ?? "",
    names: of?.names ?? {},
    task: of === null ? null : (of.own_type ?? of.type),
    threshold: of?.threshold ? thresholdDraft(of.threshold) : null,
    times: of?.times ? timesDraft(of.times) : null,
    priority: of?.priority ?? null,
    escalates: of?.escalates ?? true,
  };
}

function thresholdDraft(of: Schema<"ThresholdView">): ThresholdDraft {
  return {
    fact: of.fact,
    measure: of.measure,
    before: of.before ?? "",
    above: typedOf(of.above),
    atMost: typedOf(of.at_most),
  };
}

export function triggerBody(draft: TriggerDraft): Schema<"TriggerKindBody"> {
  return {
    ...taskOf(draft.task ?? ""),
    names: namesOf(draft.names),
    threshold: draft.threshold === null ? null : thresholdBody(draft.threshold),
    times: draft.times === null ? null : timesBody(draft.times),
    priority: draft.priority,
    escalates: draft.escalates,
  };
}

function thresholdBody(of: ThresholdDraft): Schema<"ThresholdBody"> {
  const isFall = of.measure === "fall_percent";
  return {
    fact: of.fact.trim(),
    measure: of.measure,
    before: isFall ? of.before.trim() : null,
    above: limitOf(of.above),
    at_most: limitOf(of.atMost),
  };
}

/** The type of a task as the API names it: shipped ones by `type`, others by `own_type`. */
function taskOf(name: string): Pick<Schema<"TriggerKindBody">, "type" | "own_type"> {
  if (name !== "own" && isWord(taskTypes, name)) return { type: name, own_type: null };
  return { type: "own", own_type: name === "" ? null : name };
}

/** A limit may be less than nothing: a balance, say. */
function limitOf(text: string): number | null {
  if (text.trim() === "") return null;
  const limit = Number(text);
  return Number.isFinite(limit) ? limit : null;
}
