import { describe, expect, it } from "vitest";
import type { Who } from "../api/session";
import { permissionNames } from "../text/permissions";
import { addressOf, linksOf, pageAt } from "./areas";

/** Somebody who may do everything: whoever may less has fewer pages, and no other ones. */
const EVERYTHING: Who = {
  created_at: null,
  csrf_token: null,
  duty: null,
  expires_at: null,
  grants: [],
  has_second_factor: false,
  idle_s: null,
  login: "admin",
  method: "password",
  name: "",
  permissions: [...permissionNames.names],
  principal: "usr_1",
  recovery_codes_left: 0,
  role: "admin",
  session_id: null,
  scope: { group_ids: null, manager_id: null },
};

describe("the letters that lead to pages", () => {
  it("lead to one page each", () => {
    const links = linksOf(EVERYTHING).flatMap((one) => one.links);
    const pages = new Map<string, string[]>();
    for (const route of links) {
      const key = route.link?.key;
      if (key !== undefined) pages.set(key, [...(pages.get(key) ?? []), addressOf(route)]);
    }
    expect(pages.size).toBeGreaterThan(15);
    expect([...pages].filter(([, addresses]) => addresses.length > 1)).toEqual([]);
  });
});

describe("the page at an address", () => {
  it("is found before it is known who asks", () => {
    expect(pageAt("/recordings")?.path).toBe("recordings");
    expect(pageAt("/recordings/rec_1")?.path).toBe("recordings/:recordingId");
    expect(pageAt("/nowhere")).toBeUndefined();
  });
});
