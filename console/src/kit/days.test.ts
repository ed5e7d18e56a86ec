import { parseDate } from "@internationalized/date";
import { describe, expect, it } from "vitest";
import { dayOf, daysOf, parseDays, spanOf, writeDays } from "./days";

const ZONE = "Asia/Shanghai";
const SUNDAY = parseDate("2026-11-22");

describe("daysOf", () => {
  it("begins weeks on Monday, on a Sunday too", () => {
    expect(daysOf("thisWeek", ZONE, SUNDAY)).toEqual({ from: "2026-11-16", to: "2026-11-22" });
    expect(daysOf("lastWeek", ZONE, SUNDAY)).toEqual({ from: "2026-11-09", to: "2026-11-15" });
    const monday = parseDate("2026-11-16");
    expect(daysOf("thisWeek", ZONE, monday).from).toBe("2026-11-16");
  });

  it("knows how long months are", () => {
    const march = parseDate("2026-03-31");
    expect(daysOf("lastMonth", ZONE, march)).toEqual({ from: "2026-02-01", to: "2026-02-28" });
    expect(daysOf("thisMonth", ZONE, march)).toEqual({ from: "2026-03-01", to: "2026-03-31" });
  });
});

describe("spanOf", () => {
  it("goes from midnight to midnight where the group is", () => {
    expect(spanOf({ from: "2026-11-22", to: "2026-11-22" }, ZONE)).toEqual({
      from: "2026-11-21T16:00:00.000Z",
      until: "2026-11-22T16:00:00.000Z",
    });
  });

  it("has 23 hours on the day that clocks go forward", () => {
    const { from, until } = spanOf({ from: "2026-03-29", to: "2026-03-29" }, "Europe/Berlin");
    expect(Date.parse(until) - Date.parse(from)).toBe(23 * 3_600_000);
  });

  it("is the inverse of the day of a moment", () => {
    expect(dayOf("2026-11-21T16:00:00Z", ZONE)).toBe("2026-11-22");
    expect(dayOf("2026-11-21T15:59:59Z", ZONE)).toBe("2026-11-21");
  });
});

describe("parseDays", () => {
  it("reads what it wrote, and nothing else", () => {
    const days = { from: "2026-11-01", to: "2026-11-30" };
    expect(parseDays(writeDays(days))).toEqual(days);
    for (const text of ["", "2026-11-01", "2026-11-31..2026-12-01", "2026-11-30..2026-11-01"]) {
      expect(parseDays(text)).toBeNull();
    }
  });
});
