import { expect, it } from "vitest";
import { askedOf, type Kind, measuredFacts, nextOf, numberOf, type Trigger } from "./matter";

const NOW = Date.parse("2026-11-22T06:00:00Z");
type Task = NonNullable<Trigger["task"]>;

const TASK: Task = {
  type: "retention",
  own_type: null,
  state: "assigned",
  manager_id: "mgr_1",
  attempts: 0,
  contact_by: "2026-11-22T05:00:00Z",
  contacted_at: null,
  close_by: "2026-11-24T15:59:59Z",
  promised_at: null,
  due_at: "2026-11-24T15:59:59Z",
  closed_at: null,
  escalated_at: null,
  result_code: null,
};

it("has the talk owed first, then the closing, however late the talk was", () => {
  expect(nextOf(TASK, NOW)).toMatchObject({ of: "contact", state: "late" });
  const talked = { ...TASK, contacted_at: "2026-11-22T05:30:00Z" };
  expect(nextOf(talked, NOW)).toMatchObject({ of: "close", state: "waits" });
  expect(nextOf({ ...talked, closed_at: "2026-11-22T05:40:00Z" }, NOW)).toBeNull();
  expect(nextOf(null, NOW)).toBeNull();
});

it("asks for what is open unless the address says otherwise", () => {
  expect(askedOf(new URLSearchParams("kind=arrears&manager_id="))).toEqual({
    open: true,
    kind: "arrears",
  });
  expect(askedOf(new URLSearchParams("which=over&group_id=grp_1"))).toEqual({
    open: false,
    group_id: "grp_1",
  });
  expect(askedOf(new URLSearchParams("which=all"))).toEqual({});
});

it("asks for the numbers that a kind measures", () => {
  const kind: Kind = {
    name: "spend_fell",
    type: "retention",
    own_type: null,
    names: {},
    threshold: {
      fact: "spend",
      measure: "fall_percent",
      before: "spend_before",
      above: 30,
      at_most: null,
    },
    times: null,
    priority: null,
    escalates: true,
    is_built_in: true,
    is_edited: false,
  };
  expect(measuredFacts(kind)).toEqual(["spend_before", "spend"]);
  expect(measuredFacts({ ...kind, threshold: null })).toEqual([]);
  expect(numberOf(" 1,299.5 ")).toBe(1299.5);
  expect([numberOf(""), numberOf("many")]).toEqual([null, null]);
});
