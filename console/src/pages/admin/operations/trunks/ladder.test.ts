import { expect, test } from "vitest";
import { ladderOf, type Message, placeOf } from "./ladder";

function message(changes: Partial<Message>): Message {
  return {
    at: "2026-11-22T06:00:00.000Z",
    direction: "out",
    leg: "leg_1",
    role: "manager",
    peer: "lab",
    summary: "INVITE",
    text: "",
    transport: "udp",
    ...changes,
  };
}

test("managers stand left of the gateway, customers right of it", () => {
  const { lanes, steps } = ladderOf([
    message({}),
    message({ direction: "in", summary: "200 OK", at: "2026-11-22T06:00:00.250Z" }),
    message({ leg: "leg_2", role: "customer" }),
  ]);
  expect(lanes.map((lane) => lane.leg)).toEqual(["leg_1", null, "leg_2"]);
  expect(steps.map(({ from, to }) => [from, to])).toEqual([
    [1, 0],
    [0, 1],
    [1, 2],
  ]);
  expect(steps[1]?.afterMs).toBe(250);
});

test("what was refused is a failure, a challenge is none", () => {
  const { steps } = ladderOf([
    message({ summary: "486 Busy Here" }),
    message({ summary: "401 Unauthorized" }),
    message({ summary: "200 OK" }),
    message({ summary: "BYE" }),
  ]);
  expect(steps.map((step) => step.isFailure)).toEqual([true, false, false, false]);
});

test("lanes share the width", () => {
  expect([0, 1, 2].map((lane) => placeOf(lane, 3))).toEqual([1 / 6, 0.5, 5 / 6]);
});
