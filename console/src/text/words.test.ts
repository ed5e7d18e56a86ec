import { afterEach, describe, expect, it } from "vitest";
import { isWord, setLanguage, textOf, words } from "./words";

const table = words("words-test", {
  hello: ["你好，{{name}}", "Hello, {{name}}"],
  calls: ["{{count}} 通电话", { one: "{{count}} call", other: "{{count}} calls" }],
});

afterEach(() => setLanguage("zh"));

describe("words", () => {
  it("says a word in the language that is chosen", () => {
    setLanguage("zh");
    expect(textOf(table, "hello", { name: "王" })).toBe("你好，王");
    setLanguage("en");
    expect(textOf(table, "hello", { name: "<b>" })).toBe("Hello, <b>");
  });

  it("has a plural in English only", () => {
    setLanguage("zh");
    expect(textOf(table, "calls", { count: 1 })).toBe("1 通电话");
    setLanguage("en");
    expect(textOf(table, "calls", { count: 1 })).toBe("1 call");
    expect(textOf(table, "calls", { count: 3 })).toBe("3 calls");
  });

  it("shows which value is lacking", () => {
    expect(textOf(table, "hello")).toBe("你好，{{name}}");
  });

  it("knows which codes have a word", () => {
    expect(isWord(table, "hello")).toBe(true);
    expect(isWord(table, "toString")).toBe(false);
  });
});
