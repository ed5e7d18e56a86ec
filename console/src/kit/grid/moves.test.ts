import { describe, expect, it } from "vitest";
import { extended, isChosen, neighbour, rowAfter, rowTyped, toggled } from "./moves";

const IDS = ["a", "b", "c", "d"];
const NAMES = ["Anna", "Bert", "Berta", "carl"];

describe("a key's row", () => {
  it.each([
    ["ArrowDown", 1, 2],
    ["ArrowDown", 99, 99],
    ["ArrowUp", 0, 0],
    ["PageDown", 5, 14],
    ["PageUp", 5, 0],
    ["Home", 50, 0],
    ["End", 0, 99],
    ["x", 5, undefined],
  ])("%s from %i leads to %s", (key, at, row) => {
    expect(rowAfter(key, at, 100, 10)).toBe(row);
  });

  it("leads nowhere where nothing is", () => {
    expect(rowAfter("ArrowDown", 0, 0, 10)).toBeUndefined();
  });

  it("moves on where hardly a row is in sight", () => {
    expect(rowAfter("PageDown", 3, 100, 0)).toBe(4);
  });
});

describe("a typed beginning", () => {
  const textAt = (row: number) => NAMES[row] ?? "";

  it.each([
    ["b", 0, 1],
    ["b", 1, 2],
    ["b", 2, 1],
    ["bert", 1, 1],
    ["berta", 1, 2],
    ["C", 3, 3],
    ["z", 0, undefined],
  ])("%s from row %i is row %s", (typed, at, row) => {
    expect(rowTyped(typed, at, NAMES.length, textAt)).toBe(row);
  });
});

describe("a row that goes", () => {
  it.each([
    ["b", ["a", "c", "d"], "c"],
    ["b", ["new", "a", "d"], "d"],
    ["d", ["a", "b", "c"], "c"],
    ["c", ["e", "f"], "f"],
    ["a", [], undefined],
  ])("%s leaves its place, of %j, to %s", (id, ids, next) => {
    expect(neighbour(id, IDS, ids)).toBe(next);
  });
});

describe("a choice", () => {
  it("takes a row in and out", () => {
    expect(toggled(new Set(["a"]), "b", IDS)).toEqual(new Set(["a", "b"]));
    expect(toggled(new Set(["a", "b"]), "b", IDS)).toEqual(new Set(["a"]));
    expect(toggled(undefined, "b", IDS)).toEqual(new Set(["b"]));
  });

  it("of all loses one", () => {
    expect(toggled("all", "b", IDS)).toEqual(new Set(["a", "c", "d"]));
  });

  it("reaches from row to row, either way", () => {
    expect(extended(new Set(["d"]), 2, 2, 1, IDS)).toEqual(new Set(["b", "c", "d"]));
    expect(extended(undefined, 0, 0, 1, IDS)).toEqual(new Set(["a", "b"]));
  });

  it("gives up what it reached too far, and nothing else", () => {
    expect(extended(new Set(["a", "b", "c"]), 1, 2, 1, IDS)).toEqual(new Set(["a", "b"]));
    expect(extended(new Set(["b", "c"]), 1, 2, 0, IDS)).toEqual(new Set(["a", "b"]));
    expect(extended("all", 0, 3, 2, IDS)).toEqual(new Set(["a", "b", "c"]));
  });

  it("knows its rows", () => {
    expect(isChosen("all", "x")).toBe(true);
    expect(isChosen(new Set(["x"]), "x")).toBe(true);
    expect(isChosen(undefined, "x")).toBe(false);
  });
});
