import { parseZonedDateTime } from "@internationalized/date";
import { describe, expect, it } from "vitest";
import { awayTimes, isAhead, isAway } from "./awayTimes";

const ZONE = "Asia/Shanghai";
const AT = new Date("2026-11-22T06:02:30Z");

describe("awayTimes", () => {
  it("ends days by the group's clock", () => {
    expect(awayTimes(ZONE, parseZonedDateTime(`2026-11-22T14:02:30[${ZONE}]`))).toEqual({
      hour: "2026-11-22T07:02:00.000Z",
      today: "2026-11-22T16:00:00.000Z",
      tomorrow: "2026-11-23T16:00:00.000Z",
    });
  });
});

describe("isAhead", () => {
  it("takes what is to come within a year", () => {
    expect(isAhead("2026-11-22T06:03:00Z", AT)).toBe(true);
    expect(isAhead("2027-11-23T06:02:30Z", AT)).toBe(true);
    expect(isAhead("2027-11-23T06:02:31Z", AT)).toBe(false);
    expect(isAhead("2026-11-22T06:02:30Z", AT)).toBe(false);
    expect(isAhead(null, AT)).toBe(false);
  });
});

describe("isAway", () => {
  it("is over at its time, and lasts where none was said", () => {
    expect(isAway({ status: "away", away_until: null }, AT)).toBe(true);
    expect(isAway({ status: "away", away_until: "2026-11-22T06:03:00Z" }, AT)).toBe(true);
    expect(isAway({ status: "away", away_until: "2026-11-22T06:02:30Z" }, AT)).toBe(false);
    expect(isAway({ status: "active", away_until: null }, AT)).toBe(false);
  });
});
