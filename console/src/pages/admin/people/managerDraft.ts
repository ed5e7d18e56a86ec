import type { Schema } from "../../../api/client";
import type { Manager } from "../../../api/directory";
import { textOrNull } from "../../../kit/typed";

/** A telephone as the form has it: a number, or the address of one that registers here. */
export interface PhoneDraft {
  /** Of this form only: what is dragged keeps its name. */
  key: number;
  address: string;
  label: string;
}

/** A manager as the form has it. */
export interface ManagerDraft {
  name: string;
  staff_no: string;
  external_id: string;
  group_id: string | null;
  status: Schema<"ManagerStatus">;
  /** RFC 3339. */
  away_until: string | null;
  deputy_id: string | null;
  phones: readonly PhoneDraft[];
  hours: string;
  skills: string;
}

export const MANAGER_FIELDS = [
  "name",
  "staff_no",
  "external_id",
  "group_id",
  "status",
  "away_until",
  "deputy_id",
  "phones",
  "hours",
  "skills",
] as const;

export function managerDraft(of: Manager | null): ManagerDraft {
  const phones = (of?.phones ?? []).map((one, key) => ({
    key,
    address: one.number ?? one.aor ?? one.masked ?? "",
    label: one.label,
  }));
  return {
    name: of?.name ?? "",
    staff_no: of?.staff_no ?? "",
    external_id: of?.external_id ?? "",
    group_id: of?.group_id ?? null,
    status: of?.status ?? "active",
    away_until: of?.away_until ?? null,
    deputy_id: of?.deputy_id ?? null,
    phones: phones.length === 0 ? [{ key: 0, address: "", label: "" }] : phones,
    hours: of?.hours ?? "",
    skills: (of?.skills ?? []).join("；"),
  };
}

/** What is sent; planned leave stays as it is. Telephones ring in the order of the form. */
export function managerBody(draft: ManagerDraft, of: Manager | null): Schema<"ManagerBody"> {
  return {
    name: draft.name.trim(),
    staff_no: textOrNull(draft.staff_no),
    external_id: textOrNull(draft.external_id),
    group_id: draft.group_id ?? "",
    status: draft.status,
    away_until: draft.status === "away" ? draft.away_until : null,
    deputy_id: draft.deputy_id,
    phones: draft.phones
      .filter(({ address }) => address.trim() !== "")
      .map(({ address, label }, order) => ({ ...phoneOf(address.trim()), label, order })),
    hours: textOrNull(draft.hours),
    skills: draft.skills
      .split(/[;；]/)
      .map((one) => one.trim())
      .filter((one) => one !== ""),
    ...(of === null ? {} : { leave: of.leave }),
  };
}

function phoneOf(address: string): { number: string } | { aor: string } {
  return /[a-z@]/i.test(address) ? { aor: address } : { number: address };
}
