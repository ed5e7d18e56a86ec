import { expect, it } from "vitest";
import { COURSE, courseOf, SECTIONS } from "./sections";

it("cuts a month into days, a quarter into weeks, a year into months", () => {
  expect(courseOf("2026-10-01", "2026-11-01")).toBe("day");
  expect(courseOf("2026-10-01", "2026-11-02")).toBe("week");
  expect(courseOf("2026-01-01", "2026-05-01")).toBe("week");
  expect(courseOf("2026-01-01", "2027-01-01")).toBe("month");
});

it("tells each figure once, and of those the ones that go by days", () => {
  const keys: string[] = SECTIONS.flatMap((section) => [...section.keys]);
  expect(new Set(keys).size).toBe(keys.length);
  expect(COURSE.filter((key) => !keys.includes(key))).toEqual([]);
});
