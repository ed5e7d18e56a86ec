import { describe, expect, it } from "vitest";
import { formatOf } from "./format";

const zh = formatOf("zh", "Asia/Shanghai");
const en = formatOf("en", "Asia/Shanghai");

describe("formatOf", () => {
  it("writes moments in the zone that is meant, not the browser's", () => {
    expect(zh.time("2026-11-22T06:05:00Z")).toBe("14:05");
    expect(zh.dateTime("2025-12-31T16:00:00Z")).toBe(
      "2026年1月1日 00:00".replace("2026年", new Date().getFullYear() === 2026 ? "" : "2026年"),
    );
  });

  it("writes spans and clocks", () => {
    expect(zh.clock(65)).toBe("1:05");
    expect(en.clock(3725)).toBe("1:02:05");
    expect(zh.span(45)).toBe("45 秒");
    expect(en.span(7500)).toBe("2 h 5 min");
    expect(zh.span(7200)).toBe("2 小时");
    expect(zh.span(3599)).toBe("1 小时");
    expect(en.span(7190)).toBe("2 h");
    expect(en.span(0.43, 1)).toBe("0.4 s");
  });

  it("writes the days of a span by its last one, a single day once", () => {
    expect(zh.days("2026-10-31T16:00:00Z", "2026-11-30T16:00:00Z")).toBe(
      `${zh.date("2026-11-01T04:00:00Z")} – ${zh.date("2026-11-30T04:00:00Z")}`,
    );
    expect(en.days("2026-11-21T16:00:00Z", "2026-11-22T16:00:00Z")).toBe(
      en.date("2026-11-22T04:00:00Z"),
    );
  });

  it("writes months with their year", () => {
    expect(zh.month("2026-12")).toBe("2026年12月");
    expect(en.month("2026-01")).toBe("Jan 2026");
  });

  it("says how long ago", () => {
    const now = new Date("2026-11-22T06:05:00Z");
    expect(en.relative("2026-11-22T06:02:00Z", now)).toBe("3 minutes ago");
    expect(zh.relative("2026-11-22T08:05:00Z", now)).toBe("2小时后");
  });

  it("has a sign for what there is none of", () => {
    expect([zh.time(null), zh.span(null), zh.percent(null), zh.number(null)]).toEqual([
      "–",
      "–",
      "–",
      "–",
    ]);
  });
});
