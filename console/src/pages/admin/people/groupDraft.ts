import type { Schema } from "../../../api/client";
import type { Group } from "../../../api/directory";
import { amountOrNull, textOrNull, typedOf } from "../../../kit/typed";

/** A group as the form has it. */
export interface GroupDraft {
  name: string;
  parent_id: string | null;
  external_id: string;
  area_code: string;
  timezone: string;
  hours: string;
  quiet_hours: string;
  retention_days: string;
}

export const GROUP_FIELDS = [
  "name",
  "parent_id",
  "external_id",
  "area_code",
  "timezone",
  "hours",
  "quiet_hours",
  "retention_days",
] as const;

export function groupDraft(of: Group | null): GroupDraft {
  return {
    name: of?.name ?? "",
    parent_id: of?.parent_id ?? null,
    external_id: of?.external_id ?? "",
    area_code: of?.area_code ?? "",
    timezone: of?.timezone ?? "Asia/Shanghai",
    hours: of?.hours ?? "",
    quiet_hours: of?.quiet_hours ?? "",
    retention_days: typedOf(of?.retention_days ?? null),
  };
}

export function groupBody(draft: GroupDraft): Schema<"GroupBody"> {
  return {
    name: draft.name.trim(),
    parent_id: draft.parent_id,
    external_id: textOrNull(draft.external_id),
    area_code: textOrNull(draft.area_code),
    timezone: draft.timezone.trim(),
    hours: textOrNull(draft.hours),
    quiet_hours: textOrNull(draft.quiet_hours),
    retention_days: amountOrNull(draft.retention_days),
  };
}
