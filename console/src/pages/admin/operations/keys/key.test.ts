import { expect, it } from "vitest";
import { bodyOf, keyDraft, NEW_KEY, settingsOf } from "./key";
import type { ApiKey } from "./keys-of";

const CRM: ApiKey = {
  id: "key_1",
  name: "CRM",
  prefix: "vgw_1",
  role: "integrator",
  group_id: null,
  manager_id: null,
  grants: [],
  scopes: ["calls.read", "calls.start"],
  requests_per_s: 2.5,
  created_at: "2026-01-01T00:00:00Z",
  expires_at: "2027-01-01T08:30:00Z",
  revoked_at: null,
  last_used_at: null,
  previous_until: null,
  version: 1,
};

it("sends back what nobody has touched as it was read", () => {
  const { name, grants, scopes, expires_at, requests_per_s } = CRM;
  expect(settingsOf(keyDraft(CRM), CRM)).toEqual({
    name,
    grants,
    scopes,
    expires_at,
    requests_per_s,
  });
});

it("ends with the day that is chosen, or never", () => {
  const later = settingsOf({ ...keyDraft(CRM), endsOn: "2027-03-31" }, CRM).expires_at;
  expect(later).toBe(new Date("2027-03-31T23:59:59").toISOString());
  expect(settingsOf({ ...keyDraft(CRM), endsOn: "" }, CRM).expires_at).toBeNull();
});

it("makes a new one as what, and to whose things, it is to let in", () => {
  const draft = { ...NEW_KEY, name: " board ", role: "county_manager" as const, groupId: "grp_1" };
  expect(bodyOf({ ...draft, rate: "many" })).toEqual({
    name: "board",
    role: "county_manager",
    group_id: "grp_1",
    manager_id: null,
    grants: [],
    scopes: null,
    expires_at: null,
    requests_per_s: -1,
  });
});
