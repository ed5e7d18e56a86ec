import type { Schema } from "../../../api/client";
import { amountOrNull, typedOf } from "../../../kit/typed";
import { type SpanDraft, secondsOf, spanDraft } from "./span";

/** By when a task is to be done, while that is typed; an empty time: none. */
export interface TimesDraft {
  due: SpanDraft;
  contact: SpanDraft;
  closeDays: string;
}

/** The same as the API has it, of types of tasks and of kinds of triggers. */
type Times = Schema<"TimeRuleView">;

export function timesDraft(of: Times | null): TimesDraft {
  return {
    due: spanDraft(of?.due_s ?? null, "days"),
    contact: spanDraft(of?.contact_s ?? null),
    closeDays: typedOf(of?.close_working_days ?? null),
  };
}

export function timesBody(draft: TimesDraft): Times {
  return {
    due_s: secondsOf(draft.due),
    contact_s: secondsOf(draft.contact),
    close_working_days: amountOrNull(draft.closeDays),
  };
}
