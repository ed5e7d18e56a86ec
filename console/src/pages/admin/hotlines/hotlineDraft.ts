import type { Schema } from "../../../api/client";
import { amountOf, amountOrNull, textOrNull, typedOf } from "../../../kit/typed";

export type Hotline = Schema<"HotlineView">;
export type Strategy = Schema<"GroupStrategy">;

/** A hotline as the form has it: amounts are text while they are typed. */
export interface HotlineDraft {
  name: string;
  number: string;
  group_id: string | null;
  external_id: string;
  display_number: string;
  hours: string;
  flow: string;
  answer: Schema<"HotlineAnswer">;
  announce: Schema<"Announce">;
  confirm_manager: boolean;
  max_ring_s: string;
  retention_days: string;
  routing: Schema<"RoutingBody">;
  after_call: Schema<"AfterCallBody">;
}

export const HOTLINE_FIELDS = [
  "name",
  "number",
  "group_id",
  "external_id",
  "display_number",
  "hours",
  "flow",
  "answer",
  "announce",
  "confirm_manager",
  "max_ring_s",
  "retention_days",
  "routing",
  "after_call",
] as const;

const NEW_ROUTING: Schema<"RoutingBody"> = {
  deputy: true,
  group: null,
  queue: null,
  recent_days: 14,
  responsible: true,
  ring: "in_order",
  shared_number: "last_dialled",
  tell_manager: false,
  voicemail: null,
};

export function hotlineDraft(of: Hotline | null): HotlineDraft {
  return {
    name: of?.name ?? "",
    number: of?.number ?? "",
    group_id: of?.group_id ?? null,
    external_id: of?.external_id ?? "",
    display_number: of?.display_number ?? "",
    hours: of?.hours ?? "",
    flow: of?.flow ?? "",
    answer: of?.answer ?? "at_owner",
    announce: of?.announce ?? "prompt",
    confirm_manager: of?.confirm_manager ?? false,
    max_ring_s: String(of?.max_ring_s ?? 30),
    retention_days: typedOf(of?.retention_days ?? null),
    routing: of?.routing ?? NEW_ROUTING,
    after_call: of?.after_call ?? { survey: null, result: false, missed_sms: null },
  };
}

export function hotlineBody(draft: HotlineDraft): Schema<"HotlineBody"> {
  return {
    ...draft,
    name: draft.name.trim(),
    number: draft.number.trim(),
    group_id: draft.group_id ?? "",
    external_id: textOrNull(draft.external_id),
    display_number: textOrNull(draft.display_number),
    hours: textOrNull(draft.hours),
    flow: textOrNull(draft.flow),
    max_ring_s: amountOf(draft.max_ring_s),
    retention_days: amountOrNull(draft.retention_days),
    routing: { ...draft.routing, group: groupStep(draft.routing.group ?? null) },
  };
}

function groupStep(group: Schema<"GroupRoutingBody"> | null): Schema<"GroupRoutingBody"> | null {
  if (group === null) return null;
  const skills = (group.skills ?? []).map((one) => one.trim()).filter((one) => one !== "");
  return { ...group, skills };
}
