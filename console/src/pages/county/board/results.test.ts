import { expect, it } from "vitest";
import { type Told, withTold } from "./results";

function told(id: string, at: string, more: Partial<Told> = {}): Told {
  const one = {
    id,
    at,
    managerId: "m",
    groupId: "g",
    type: null,
    ownType: null,
    code: "reached",
    href: "/",
  };
  return { ...one, ...more };
}

it("lists what was told once, the newest first", () => {
  const list = withTold([told("1", "06:01"), told("2", "06:02")], [told("3", "06:03")]);
  expect(list.map((one) => one.id)).toEqual(["3", "2", "1"]);
  expect(withTold(list, [told("1", "06:04")]).map((one) => one.id)).toEqual(["1", "3", "2"]);
});

it("lets the task tell what its call tells, too", () => {
  const [only, ...others] = withTold(
    [told("1", "06:01", { type: "revisit", code: "revisit_done" })],
    [told("1", "06:02", { code: "success" })],
  );
  expect(others).toEqual([]);
  expect(only).toMatchObject({ type: "revisit", code: "revisit_done", at: "06:02" });
});

it("takes what an earlier call of a task told for no news", () => {
  const list = withTold([], [told("1", "06:05"), told("1", "06:01", { code: "call_again" })]);
  expect(list.map(({ at, code }) => [at, code])).toEqual([["06:05", "reached"]]);
  const task = told("1", "06:05", { type: "revisit", code: "revisit_done" });
  const both = withTold([told("1", "06:01", { code: "call_again" })], [task]);
  expect(both).toEqual([task]);
});
