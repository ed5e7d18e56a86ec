import { expect, it } from "vitest";
import { addDays, dayIn, daysBetween, monthStart, weekStart } from "./days";

it("knows days of a zone, weeks from Monday, months of a calendar", () => {
  expect(dayIn(new Date("2026-11-22T17:00:00Z"), "Asia/Shanghai")).toBe("2026-11-23");
  expect(addDays("2026-02-28", 1)).toBe("2026-03-01");
  expect(weekStart("2026-11-22")).toBe("2026-11-16");
  expect(weekStart("2026-11-23")).toBe("2026-11-23");
  expect([monthStart("2026-01-31"), monthStart("2026-01-31", -1)]).toEqual([
    "2026-01-01",
    "2025-12-01",
  ]);
  expect(daysBetween("2026-11-29", "2026-12-02")).toHaveLength(3);
});
