import { expect, it } from "vitest";
import { decode, rowsOfCsv } from "./csv";

it("reads cells with quotes, separators and line ends in them", () => {
  const text = '编号,名称\r\n1,"王, ""丽"""\r\n2,"两\n行"\r\n\r\n';
  expect(rowsOfCsv(text, 9)).toEqual([
    ["编号", "名称"],
    ["1", '王, "丽"'],
    ["2", "两\n行"],
  ]);
});

it("stops at as many rows as are wanted, and takes tabs", () => {
  expect(rowsOfCsv("a\tb\n1\t2\n3\t4", 2)).toEqual([
    ["a", "b"],
    ["1", "2"],
  ]);
});

it("knows GBK from UTF-8", () => {
  // 客户 in GBK, and a UTF-8 text whose last character is cut.
  expect(decode(new Uint8Array([0xbf, 0xcd, 0xbb, 0xa7]))).toBe("客户");
  expect(decode(new TextEncoder().encode("客户").slice(0, 5))).toBe("客");
});
