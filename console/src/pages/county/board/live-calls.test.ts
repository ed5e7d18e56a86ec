import { describe, expect, it } from "vitest";
import { applyCalls, type Call, isCall } from "./live-calls";

function call(id: string, sequence: number, status: Call["status"] = "ringing"): Call {
  const blank: Partial<Call> = { direction: "inbound", created_at: `2026-11-22T06:00:0${id}Z` };
  return { ...(blank as Call), id, sequence, status };
}

describe("applyCalls", () => {
  it("adds what begins, changes what goes on, takes away what is over", () => {
    const before = [call("1", 3), call("2", 1)];
    const after = applyCalls(before, [
      call("2", 2, "in-progress"),
      call("1", 4, "completed"),
      call("0", 1),
    ]);
    expect(after.map(({ id, status }) => [id, status])).toEqual([
      ["0", "ringing"],
      ["2", "in-progress"],
    ]);
  });

  it("takes nothing from events that are older than what is known", () => {
    const before = [call("1", 5, "in-progress")];
    expect(applyCalls(before, [call("1", 4)])).toBe(before);
    expect(applyCalls(before, [call("3", 9, "completed")])).toBe(before);
  });

  it("takes the newest of several events of a call, in whatever order", () => {
    expect(applyCalls([], [call("1", 9, "completed"), call("1", 2)])).toEqual([]);
  });

  it("keeps the objects of calls that are the same", () => {
    const same = call("1", 3);
    expect(applyCalls([same], [call("2", 1)])[0]).toBe(same);
  });
});

describe("isCall", () => {
  it("knows calls from tasks", () => {
    expect(isCall({ ...call("1", 1) })).toBe(true);
    expect(isCall({ id: "tsk_1", state: "done" })).toBe(false);
    expect(isCall(null)).toBe(false);
  });
});
