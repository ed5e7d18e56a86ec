import { expect, it } from "vitest";
import { bodyOf, mailedTo, newBody } from "./body";

it("replaces a schedule by all that it is made of, and nothing else", () => {
  const body = { ...newBody("zh"), name: "月报", folder: "county/monthly", on: 5 };
  const filters = { by: [], compare: true, group_id: "g", hotline_id: null };
  const schedule = {
    ...body,
    filters: { ...filters, manager_id: "m", type: null },
    id: "rsc_1",
    owner: "usr_1",
    timezone: "Asia/Shanghai",
    version: 3,
    created_at: "2026-11-01T00:00:00Z",
    next_at: null,
  };
  expect(bodyOf(schedule)).toEqual({ ...body, filters: schedule.filters });
});

it("finds addresses between whatever separates them", () => {
  expect(mailedTo(" a@b.cn，c@d.cn; e@f.cn\n")).toEqual(["a@b.cn", "c@d.cn", "e@f.cn"]);
  expect(mailedTo(" ")).toEqual([]);
});
