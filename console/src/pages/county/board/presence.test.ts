import { describe, expect, it } from "vitest";
import type { Call } from "./live-calls";
import { countStates, inOrder, type Presence, withCalls } from "./presence";

function manager(id: string, state: Presence["state"], callId: string | null = null): Presence {
  return {
    manager_id: id,
    name: id,
    group_id: "g",
    state,
    since: null,
    until: null,
    call_id: callId,
    direction: null,
  };
}

function call(id: string, managerId: string, answeredAt: string | null): Call {
  const leg = {
    role: "manager",
    manager_id: managerId,
    answered_at: answeredAt,
    ringing_at: "2026-11-22T06:00:00Z",
    started_at: "2026-11-22T06:00:00Z",
    ended_at: null,
    result: answeredAt === null ? null : "answered",
  };
  return { id, status: "in-progress", legs: [leg] } as unknown as Call;
}

describe("withCalls", () => {
  it("says who rings and who talks, by the calls of this moment", () => {
    const list = [manager("a", "free"), manager("b", "free"), manager("c", "away")];
    const now = withCalls(list, [call("1", "a", null), call("2", "b", "2026-11-22T06:01:00Z")]);
    expect(now.map(({ state, call_id }) => [state, call_id])).toEqual([
      ["ringing", "1"],
      ["talking", "2"],
      ["away", null],
    ]);
    expect(now[2]).toBe(list[2]);
  });

  it("frees whoever's call is over, but not who is in a call that can't be seen", () => {
    const now = withCalls([manager("a", "talking", "1"), manager("b", "talking")], []);
    expect(countStates(now)).toMatchObject({ free: 1, talking: 1 });
  });
});

it("puts whoever is free first", () => {
  const list = [manager("x", "off"), manager("z", "free"), manager("y", "free")];
  expect(inOrder(list, "en").map((one) => one.name)).toEqual(["y", "z", "x"]);
});
