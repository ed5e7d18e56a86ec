import { expect, test } from "vitest";
import { byFamily, includes, toggled } from "./hook";

const ALL = ["call.ended", "call.ringing", "task.created"];

test("types stand together by what they are about", () => {
  expect(byFamily(["task.created", "call.ringing", "call.ended", "call.ended"])).toEqual([
    ["call", ["call.ended", "call.ringing"]],
    ["task", ["task.created"]],
  ]);
});

test("a type is chosen by name, by its family or with all", () => {
  expect(includes(["call.*"], "call.ended")).toBe(true);
  expect(includes(["*"], "task.created")).toBe(true);
  expect(includes(["call.ended"], "call.ringing")).toBe(false);
});

test("one taken out of a family leaves the others by name", () => {
  expect(toggled(["call.*"], "call.ended", ALL)).toEqual(["call.ringing"]);
  expect(toggled(["call.ringing"], "call.ended", ALL)).toEqual(["call.ended", "call.ringing"]);
});
