import type { Schema } from "../../../api/client";
import type { Option } from "../../../kit/Field";

/** Who calls whom, when. */
export interface Question {
  direction: "incoming" | "outgoing";
  caller: string;
  hotline_id: string | null;
  manager: Option<string> | null;
  customer: Option<string> | null;
  /** RFC 3339; null: now. */
  at: string | null;
}

export const EXPLAIN_FIELDS = [
  "caller",
  "hotline_id",
  "dial.manager_id",
  "dial.customer_id",
  "dial.hotline_id",
  "at",
] as const;

export function explainBody(question: Question): Schema<"ExplainCall"> {
  const { at, hotline_id } = question;
  if (question.direction === "incoming") {
    return { at, caller: question.caller.trim(), hotline_id };
  }
  const dial: Schema<"StartCall"> = {
    manager_id: question.manager?.id ?? "",
    customer_id: question.customer?.id ?? "",
    ...(hotline_id === null ? {} : { hotline_id }),
  };
  return { at, dial };
}

/** Whether enough is said to ask. */
export function isAskable(question: Question): boolean {
  return question.direction === "incoming"
    ? question.caller.trim() !== "" && question.hotline_id !== null
    : question.manager !== null && question.customer !== null;
}
