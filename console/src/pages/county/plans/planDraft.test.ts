import { expect, it } from "vitest";
import { listOf, moved, newCadence, planBody, planDraft, ruleChanges } from "./planDraft";
import type { Plan } from "./usePlans";

const PLAN: Plan = {
  id: "pln_1",
  name: "客户拜访计划",
  group_id: "grp_1",
  external_id: null,
  active: true,
  version: 3,
  rules: [
    {
      who: { classes: ["核心", "core"], tiers: [], group_ids: [] },
      cadences: [newCadence([])],
    },
    { who: { classes: [], tiers: ["<30"], group_ids: ["grp_2"] }, cadences: [] },
  ],
  visiting_weekdays: ["we", "mo"],
  worked_weekends: false,
  target_per_day: 15,
  capacity_per_day: 30,
  capacities: { mgr_1: 5 },
  day_from: "09:00",
  day_until: "18:00",
  language: "zh",
  announce_time: "17:00",
  announce_same_day_time: "08:30",
  notice_visit: null,
  notice_call: "{customer}您好",
};

it("sends back what was read, and what its form does not show", () => {
  const { id, version, ...rest } = PLAN;
  expect([id, version]).toEqual(["pln_1", 3]);
  expect(planBody(planDraft(PLAN), PLAN)).toEqual({ ...rest, visiting_weekdays: ["mo", "we"] });
});

it("takes classes between commas of either kind", () => {
  expect(listOf(" 核心、core, 潜力，核心;")).toEqual(["核心", "core", "潜力"]);
  expect(listOf("")).toEqual([]);
});

it("gives a new contact a name that no other has", () => {
  const rules = planDraft(PLAN).rules;
  expect(newCadence(rules).name).toBe("contact-2");
});

it("moves a rule as far as there is room", () => {
  expect(moved(["a", "b", "c"], 2, -1)).toEqual(["a", "c", "b"]);
  expect(moved(["a", "b"], 0, -1)).toEqual(["a", "b"]);
  expect(moved(["a", "b"], 1, 1)).toEqual(["a", "b"]);
});

it("tells which rules are new, other, gone, or only stand elsewhere", () => {
  const before = [
    ["核心", "每 2 周"],
    ["常规", "每 2 个月"],
    ["帮扶", "每 2 周"],
  ] as const;
  const after = [
    ["帮扶", "每 2 周"],
    ["核心", "每 1 周"],
    ["新客户", "每 1 周"],
  ] as const;
  const { changes, order } = ruleChanges(before, after);
  expect(changes).toEqual([
    { label: "核心", before: "每 2 周", after: "每 1 周" },
    { label: "常规", before: "每 2 个月", after: null },
    { label: "新客户", before: null, after: "每 1 周" },
  ]);
  expect(order).toBe(true);
  expect(ruleChanges(before, before)).toEqual({ changes: [], order: false });
});
