import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../../api/client";
import type { Versioned } from "../../../../kit/editor/conflict";
import { ifMatch, versionedOf } from "../../../../kit/editor/versioned";
import { amountOrNull, typedOf } from "../../../../kit/typed";
import type { Grant, ReachDraft } from "../parts/ReachFields";
import { keys } from "../queries";
import { type ApiKey, dayOf, endOfDay } from "./keys-of";
import type { Permission } from "./ScopeChoice";

/** What of a key can be changed, as it is typed. */
export interface KeyDraft {
  name: string;
  grants: readonly Grant[];
  /** Null: all that its role may do. */
  scopes: readonly Permission[] | null;
  /** A day; empty: it does not end. */
  endsOn: string;
  /** Requests a second; empty: as configured. */
  rate: string;
}

/** The fields of the form, as the API calls them. */
export const KEY_FIELDS = ["name", "grants", "scopes", "expires_at", "requests_per_s"] as const;
export const NEW_KEY_FIELDS = [...KEY_FIELDS, "role", "group_id", "manager_id"] as const;

/** What is typed of a new one: besides, as what and to whose things it lets in. */
export interface NewKeyDraft extends KeyDraft, ReachDraft {}

export const NEW_KEY: NewKeyDraft = {
  name: "",
  role: "integrator",
  groupId: null,
  managerId: null,
  grants: [],
  endsOn: "",
  rate: "",
  scopes: null,
};

export const keyQuery = (id: string) =>
  queryOptions({ queryKey: [...keys.apiKeys, id], queryFn: () => readKey(id) });

export function readKey(id: string): Promise<Versioned<ApiKey>> {
  return versionedOf(api.GET("/v1/keys/{key_id}", { params: { path: { key_id: id } } }));
}

/** Write what may be changed of a key; its secret, role and group stay. */
export function replaceKey(
  id: string,
  body: Schema<"KeySettings">,
  tag: string | null,
): Promise<ApiKey> {
  const params = { path: { key_id: id }, header: ifMatch(tag) };
  return dataOf(api.PUT("/v1/keys/{key_id}", { params, body }));
}

export function keyDraft(of: ApiKey): KeyDraft {
  return {
    name: of.name,
    grants: of.grants,
    scopes: of.scopes === null ? null : [...of.scopes].sort(),
    endsOn: dayOf(of.expires_at),
    rate: typedOf(of.requests_per_s),
  };
}

/** What is sent; a day that nobody has touched stays the moment that it was. */
export function settingsOf(draft: KeyDraft, before: ApiKey): Schema<"KeySettings"> {
  const isSameDay = draft.endsOn === dayOf(before.expires_at);
  return settings(draft, isSameDay ? before.expires_at : endOfDay(draft.endsOn));
}

/** What is sent of a new one. */
export function bodyOf(draft: NewKeyDraft): Schema<"KeyBody"> {
  return {
    ...settings(draft, endOfDay(draft.endsOn)),
    role: draft.role,
    group_id: draft.groupId,
    manager_id: draft.managerId,
  };
}

function settings(draft: KeyDraft, expiresAt: string | null): Schema<"KeySettings"> {
  return {
    name: draft.name.trim(),
    grants: [...draft.grants],
    scopes: draft.scopes === null ? null : [...draft.scopes],
    expires_at: expiresAt,
    requests_per_s: amountOrNull(draft.rate),
  };
}
