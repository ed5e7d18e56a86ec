import { expect, it } from "vitest";
import { queryOf, reportHref, splitOf } from "./asked";

const TODAY = "2026-11-22";

it("asks for this month until today, where nothing else is said", () => {
  expect(queryOf("activity", new URLSearchParams(), TODAY)).toEqual({
    from: "2026-11-01",
    until: "2026-11-23",
    by: ["day"],
  });
});

it("asks for what the address says", () => {
  const query = new URLSearchParams(
    "days=2026-10-01..2026-10-31&by=manager&group_id=grp_1&compare=previous",
  );
  expect(queryOf("tasks", query, TODAY)).toEqual({
    from: "2026-10-01",
    until: "2026-11-01",
    by: ["manager"],
    group_id: "grp_1",
    compare: "previous",
  });
});

it("compares no weeks, and splits nothing by what it can't be split by", () => {
  const query = new URLSearchParams("by=week&compare=previous");
  expect(queryOf("activity", query, TODAY).compare).toBeUndefined();
  expect(splitOf("hotlines", "type")).toBe("hotline");
});

it("writes addresses that it reads", () => {
  const href = reportHref("tasks", { from: "2026-11-01", to: "2026-11-02" }, { group_id: null });
  expect(href).toBe("/reports/tasks?days=2026-11-01..2026-11-02");
});
