import { expect, it } from "vitest";
import { treeOf } from "./tree";

const groups = [
  { id: "b", name: "堡镇", parent_id: "c" },
  { id: "c", name: "崇明", parent_id: "s" },
  { id: "s", name: "上海", parent_id: "not-seen" },
  { id: "j", name: "嘉定", parent_id: "s" },
];

it("puts children below their parents, and at the top whose parent is not seen", () => {
  const placed = treeOf(groups).map(({ item, depth }) => `${depth}${item.id}`);
  expect(placed).toEqual(["0s", "1c", "2b", "1j"]);
});

it("leaves a group out with all below it", () => {
  expect(treeOf(groups, "c").map(({ item }) => item.id)).toEqual(["s", "j"]);
});
