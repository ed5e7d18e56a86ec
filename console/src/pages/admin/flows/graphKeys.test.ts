import { expect, it } from "vitest";
import { type Box, nextBox } from "./graphKeys";

const box = (step: string, x: number, y: number): Box => ({
  step,
  x,
  y,
  verb: "say",
  words: "",
  line: 1,
  width: 210,
  height: 46,
  is_start: false,
  is_wrong: false,
});
const main = box("main", 200, 0);
const left = box("left", 100, 100);
const right = box("right", 320, 100);
const far = box("far", 200, 200);

it("goes to the nearest step in the key's direction", () => {
  const all = [main, left, right, far];
  expect(nextBox(all, main, "ArrowDown")?.step).toBe("far");
  expect(nextBox(all, left, "ArrowRight")?.step).toBe("right");
  expect(nextBox(all, far, "ArrowUp")?.step).toBe("main");
});

it("stays where there is none, and at other keys", () => {
  expect(nextBox([main, far], main, "ArrowUp")).toBeNull();
  expect(nextBox([main, far], main, "x")).toBeNull();
});
