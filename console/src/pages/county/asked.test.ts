import { expect, it } from "vitest";
import { askedOf, CALL_FILTERS, daysOfSpan, TASK_FILTERS, withDays, withGroup } from "./asked";

const ZONE = "Asia/Shanghai";

it("asks what a report's link asks", () => {
  const link = "from=2026-10-31T16%3A00%3A00%2B00%3A00&until=2026-11-02T16%3A00%3A00%2B00%3A00";
  const query = new URLSearchParams(`${link}&outcome=missed&tab=2`);
  expect(askedOf(query, CALL_FILTERS)).toEqual({
    from: "2026-10-31T16:00:00+00:00",
    until: "2026-11-02T16:00:00+00:00",
    outcome: "missed",
  });
  expect(daysOfSpan(query, ZONE)).toEqual({ from: "2026-11-01", to: "2026-11-02" });
  const tasks = new URLSearchParams("state=done&group_id=grp_1&below=false&compare=previous&type=");
  expect(askedOf(tasks, TASK_FILTERS)).toEqual({
    state: "done",
    group_id: "grp_1",
    below: "false",
  });
});

it("counts a group without those below it where a report does, and with them once it is picked", () => {
  const query = new URLSearchParams("group_id=grp_1&below=false&outcome=missed");
  expect(askedOf(query, CALL_FILTERS)).toEqual({
    group_id: "grp_1",
    below: "false",
    outcome: "missed",
  });
  expect(withGroup(query, "grp_2").toString()).toBe("group_id=grp_2&outcome=missed");
  expect(withGroup(query, null).toString()).toBe("outcome=missed");
});

it("writes days that it reads, and none", () => {
  const days = { from: "2026-11-01", to: "2026-11-30" };
  const query = withDays(new URLSearchParams("outcome=missed"), days, ZONE);
  expect(query.get("from")).toBe("2026-10-31T16:00:00.000Z");
  expect(daysOfSpan(query, ZONE)).toEqual(days);
  expect(withDays(query, null, ZONE).toString()).toBe("outcome=missed");
  expect(daysOfSpan(new URLSearchParams("from=yesterday&until=now"), ZONE)).toBeNull();
});
