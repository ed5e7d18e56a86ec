import { expect, it } from "vitest";
import { heatOf, levelOf } from "./heat";

it("lays days out by manager, whoever has most first", () => {
  const heat = heatOf([
    { manager_id: "a", day: "2026-12-03", tasks: 2 },
    { manager_id: "b", day: "2026-12-02", tasks: 5 },
    { manager_id: "a", day: "2026-12-02", tasks: 1 },
  ]);
  expect(heat.days).toEqual(["2026-12-02", "2026-12-03"]);
  expect(heat.rows).toEqual([
    { managerId: "b", tasks: [5, 0], total: 5 },
    { managerId: "a", tasks: [1, 2], total: 3 },
  ]);
  expect(heat.totals).toEqual([6, 2]);
});

it("tells how full a day is", () => {
  expect([0, 1, 15, 30, 40].map((tasks) => levelOf(tasks, 30))).toEqual([0, 1, 2, 4, 4]);
});
