import { expect, it } from "vitest";
import { clocksOf } from "./clock";

type Timed = Parameters<typeof clocksOf>[0];

const NOW = Date.parse("2026-11-22T06:00:00Z");

function task(more: Partial<Timed>): Timed {
  const none = {
    contact_by: null,
    contacted_at: null,
    close_by: null,
    closed_at: null,
    promised_at: null,
    due_at: null,
  };
  return { ...none, ...more };
}

it("tells which times were kept, are near, or have passed, the soonest first", () => {
  const clocks = clocksOf(
    task({
      due_at: "2026-11-22T05:00:00Z",
      contact_by: "2026-11-22T03:00:00Z",
      contacted_at: "2026-11-22T02:59:00Z",
      promised_at: "2026-11-22T06:30:00Z",
      close_by: "2026-11-24T15:59:59Z",
    }),
    NOW,
  );
  expect(clocks.map(({ of, state }) => [of, state])).toEqual([
    ["contact", "kept"],
    ["due", "late"],
    ["answer", "near"],
    ["close", "waits"],
  ]);
});

it("calls late what was closed late, and has no clock for what has no time", () => {
  const [due, ...others] = clocksOf(
    task({ due_at: "2026-11-22T05:00:00Z", closed_at: "2026-11-22T05:30:00Z" }),
    NOW,
  );
  expect(due?.state).toBe("late");
  expect(others).toEqual([]);
});
