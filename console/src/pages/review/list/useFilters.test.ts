import { describe, expect, it } from "vitest";
import { queryOf } from "./useFilters";

const none = {
  manager: "",
  hotline: "",
  finding: "",
  severity: "",
  days: "",
  score: "",
  length: "",
};

describe("filters", () => {
  it("ask for nothing more than finished recordings when none is set", () => {
    expect(queryOf(none, "  ")).toEqual({ status: "completed" });
  });

  it("ask for what is set", () => {
    const values = { ...none, manager: "mgr_1", finding: "measure", score: "low", length: "long" };
    expect(queryOf(values, " 收益 ")).toEqual({
      status: "completed",
      q: "收益",
      manager_id: "mgr_1",
      finding: "measure",
      max_score: 59.99,
      min_duration_s: 600,
    });
    const { from, until } = queryOf({ ...none, days: "2026-11-01..2026-11-02" }, "");
    expect(Date.parse(until ?? "") - Date.parse(from ?? "")).toBe(2 * 86_400_000);
  });

  it("pass over what an address has wrong", () => {
    const values = { ...none, finding: "nonsense", severity: "toString", score: "toString" };
    expect(queryOf(values, "")).toEqual({ status: "completed" });
  });
});
