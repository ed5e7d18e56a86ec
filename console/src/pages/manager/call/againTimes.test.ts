import { parseZonedDateTime } from "@internationalized/date";
import { describe, expect, it } from "vitest";
import { againTimes, typedTime } from "./againTimes";

const ZONE = "Asia/Shanghai";

/** What is offered, by name. */
function offered(at: string): Record<string, string> {
  const times = againTimes(ZONE, parseZonedDateTime(`${at}[${ZONE}]`));
  return Object.fromEntries(times.map((time) => [time.name, time.at]));
}

describe("againTimes", () => {
  it("counts by the group's clock, tomorrow morning first", () => {
    // A Thursday.
    const times = offered("2026-11-19T11:02");
    expect(Object.keys(times)[0]).toBe("tomorrowMorning");
    expect(times).toEqual({
      tomorrowMorning: "2026-11-20T02:00:00.000Z",
      tomorrowAfternoon: "2026-11-20T07:00:00.000Z",
      inAnHour: "2026-11-19T04:05:00.000Z",
      thisAfternoon: "2026-11-19T07:00:00.000Z",
      dayAfter: "2026-11-21T02:00:00.000Z",
      nextMonday: "2026-11-23T02:00:00.000Z",
    });
  });

  it("offers no afternoon that is nearly over, and on a Monday the next one", () => {
    const times = offered("2026-11-23T14:00");
    expect(times.thisAfternoon).toBeUndefined();
    expect(times.nextMonday).toBe("2026-11-30T02:00:00.000Z");
    expect(offered("2026-11-22T09:00").nextMonday).toBe("2026-11-23T02:00:00.000Z");
  });
});

describe("typedTime", () => {
  it("reads a field by the group's clock, and nothing that is no time", () => {
    expect(typedTime("2026-11-25T09:30", ZONE)).toBe("2026-11-25T01:30:00.000Z");
    expect(typedTime("2026-11-25T", ZONE)).toBeNull();
    expect(typedTime("", ZONE)).toBeNull();
  });
});
