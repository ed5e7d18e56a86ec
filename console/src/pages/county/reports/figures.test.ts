import { expect, it } from "vitest";
import { changeOf, rowsHref } from "./figures";
import type { Column, ReportRow } from "./read";

function column(key: string, unit: Column["unit"], query = ""): Column {
  return { key, unit, query, rows: "calls", names: {}, definition: "" };
}

const row: ReportRow = {
  keys: { day: "2026-11-01" },
  names: {},
  figures: {},
  previous: null,
  rows: {
    calls: "/v1/calls?from=2026-10-31T16%3A00%3A00%2B00%3A00&until=2026-11-01T16%3A00%3A00Z",
  },
};

it("leads from a figure to exactly the rows that it counts, or nowhere", () => {
  expect(rowsHref(row, column("calls", "count"))).toBe(
    "/calls?from=2026-10-31T16%3A00%3A00%2B00%3A00&until=2026-11-01T16%3A00%3A00Z",
  );
  expect(rowsHref(row, column("missed", "count", "outcome=missed"))).toContain("&outcome=missed");
  expect(rowsHref(row, column("connect_rate", "share"))).toBeNull();
  expect(rowsHref({ ...row, rows: {} }, column("calls", "count"))).toBeNull();
});

it("says by how much, and whether that is good", () => {
  expect(changeOf(12, 10, column("talks", "count"))).toEqual({
    by: 0.2,
    isRelative: true,
    isGood: true,
  });
  expect(changeOf(12, 10, column("lost", "count"))?.isGood).toBe(false);
  expect(changeOf(12, 10, column("calls", "count"))?.isGood).toBeNull();
  // Short talks may be good ones.
  expect(changeOf(90, 100, column("talk_mean_s", "s"))?.isGood).toBeNull();
  const rate = changeOf(0.5, 0.25, column("connect_rate", "share"));
  expect(rate).toEqual({ by: 0.25, isRelative: false, isGood: true });
  expect(changeOf(5, 0, column("talks", "count"))).toBeNull();
  expect(changeOf(null, 3, column("talks", "count"))).toBeNull();
});
