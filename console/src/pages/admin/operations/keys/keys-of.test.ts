import { expect, test } from "vitest";
import { type ApiKey, endOfDay, stateOf } from "./keys-of";

const NOW = new Date("2026-11-22T00:00:00Z");
const KEY: ApiKey = {
  id: "key_1",
  prefix: "vgw_abc",
  name: "",
  role: "integrator",
  group_id: null,
  manager_id: null,
  grants: [],
  scopes: null,
  requests_per_s: null,
  created_at: "2026-01-01T00:00:00Z",
  expires_at: null,
  last_used_at: null,
  previous_until: null,
  revoked_at: null,
  version: 1,
};

test("a key is valid until it ends or is revoked", () => {
  expect(stateOf(KEY, NOW)).toBe("valid");
  expect(stateOf({ ...KEY, expires_at: "2026-11-22T00:00:01Z" }, NOW)).toBe("valid");
  expect(stateOf({ ...KEY, expires_at: "2026-11-22T00:00:00Z" }, NOW)).toBe("expired");
  const revoked_at = "2026-11-01T00:00:00Z";
  expect(stateOf({ ...KEY, expires_at: "2026-11-22T00:00:00Z", revoked_at }, NOW)).toBe("revoked");
});

test("a key that ends on a day is good for all of it", () => {
  expect(endOfDay("")).toBeNull();
  expect(new Date(endOfDay("2026-11-22") ?? "").getHours()).toBe(23);
});
