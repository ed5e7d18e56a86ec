import { describe, expect, it } from "vitest";
import { scrolledTo } from "./following";

const view = { left: 1000, width: 500, whole: 4000 };

describe("following the sound", () => {
  it("keeps the place in the middle while it moves", () => {
    expect(scrolledTo(view, 0.35, true)).toBe(1150);
    expect(scrolledTo({ ...view, left: 1150 }, 0.35, true)).toBeNull();
  });

  it("turns pages else, and only when the place is out of sight", () => {
    expect(scrolledTo(view, 0.35, false)).toBeNull();
    expect(scrolledTo(view, 0.5, false)).toBe(1900);
    expect(scrolledTo(view, 0.1, false)).toBe(300);
  });

  it("stays within what there is", () => {
    expect(scrolledTo(view, 0, true)).toBe(0);
    expect(scrolledTo(view, 1, true)).toBe(3500);
    expect(scrolledTo({ ...view, left: 3500 }, 1, true)).toBeNull();
  });
});
