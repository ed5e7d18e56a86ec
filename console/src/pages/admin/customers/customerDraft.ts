import type { Schema } from "../../../api/client";
import type { Customer } from "../../../api/directory";
import { textOrNull } from "../../../kit/typed";

/** A customer as the form has it: everything is text that is typed. */
export interface CustomerDraft {
  name: string;
  /** In any usual spelling, the first is dialled. */
  numbers: readonly string[];
  group_id: string | null;
  owner_id: string | null;
  /** Stands in the history of owners. */
  owner_why: string;
  class: string;
  tier: string;
  external_id: string;
  code: string;
  wantsPeace: boolean;
  do_not_call: string;
  attributes: readonly Attribute[];
}

/** A field of the operator's own. What is no text (a number, a list) is written as JSON. */
export interface Attribute {
  name: string;
  text: string;
}

export const CUSTOMER_FIELDS = [
  "name",
  "numbers",
  "group_id",
  "owner_id",
  "owner_why",
  "class",
  "tier",
  "external_id",
  "code",
  "do_not_call",
  "attributes",
] as const;

export function customerDraft(of: Customer | null): CustomerDraft {
  return {
    name: of?.name ?? "",
    numbers: of?.numbers.map((one) => one.number ?? one.masked ?? "") ?? [""],
    group_id: of?.group_id ?? null,
    owner_id: of?.owner_id ?? null,
    owner_why: "",
    class: of?.class ?? "",
    tier: of?.tier ?? "",
    external_id: of?.external_id ?? "",
    code: of?.code ?? "",
    wantsPeace: (of?.do_not_call ?? null) !== null,
    do_not_call: of?.do_not_call?.reason ?? "",
    attributes: Object.entries(of?.attributes ?? {}).map(([name, value]) => ({
      name,
      text: typeof value === "string" ? value : JSON.stringify(value),
    })),
  };
}

/** What is sent; `of` is the customer before, whose values of other kinds than text stay so. */
export function customerBody(draft: CustomerDraft, of: Customer | null): Schema<"CustomerBody"> {
  const since = of?.do_not_call?.since;
  return {
    name: draft.name.trim(),
    group_id: draft.group_id ?? "",
    numbers: draft.numbers.map((one) => one.trim()).filter((one) => one !== ""),
    owner_id: draft.owner_id,
    owner_why: draft.owner_why.trim(),
    class: textOrNull(draft.class),
    tier: textOrNull(draft.tier),
    external_id: textOrNull(draft.external_id),
    code: textOrNull(draft.code),
    do_not_call: draft.wantsPeace
      ? { reason: draft.do_not_call.trim(), ...(since === undefined ? {} : { since }) }
      : null,
    attributes: attributesOf(draft.attributes, of?.attributes ?? {}),
  };
}

function attributesOf(
  typed: readonly Attribute[],
  before: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const named = typed.filter(({ name }) => name.trim() !== "");
  return Object.fromEntries(
    named.map(({ name, text }) => {
      const known = before[name.trim()];
      const isUntouched = typeof known !== "string" && JSON.stringify(known) === text;
      return [name.trim(), isUntouched ? known : text];
    }),
  );
}
