import { describe, expect, it } from "vitest";
import { sectionOf, sectionsOf, type Task } from "./sections";

const END_OF_DAY = new Date("2026-11-22T16:00:00Z");

/** As much of a task as the parts look at. */
function task(more: Partial<Task>): Task {
  const bare = { id: "tsk_1", type: "revisit", state: "assigned", priority: "normal" };
  const times = { due_at: null, contact_by: null, contacted_at: null, not_before: null };
  // The other fields say nothing of the part a task belongs to.
  return { ...bare, ...times, ...more } as Task;
}

describe("sectionOf", () => {
  it.each([
    [{ state: "dialled", type: "missed_call" }, "owed"],
    [{ state: "call_again", due_at: "2026-11-22T15:00:00Z" }, "again"],
    [{ state: "call_again", due_at: "2026-11-23T02:00:00Z" }, "later"],
    [{ state: "overdue", due_at: "2026-11-20T02:00:00Z" }, "overdue"],
    [{ state: "new", type: "voicemail" }, "missed"],
    [{ due_at: "2026-11-22T15:59:59Z" }, "today"],
    [{ contact_by: "2026-11-22T10:00:00Z", due_at: "2026-11-24T10:00:00Z" }, "today"],
    [
      {
        contact_by: "2026-11-22T10:00:00Z",
        contacted_at: "2026-11-22T09:00:00Z",
        due_at: "2026-11-24T10:00:00Z",
      },
      "later",
    ],
    [{ due_at: "2026-11-22T16:00:00Z" }, "later"],
    [{ due_at: "2026-11-22T10:00:00Z", not_before: "2026-11-23T01:00:00Z" }, "later"],
    [{}, "later"],
  ] as const)("finds %o in %s", (more, section) => {
    expect(sectionOf(task(more), END_OF_DAY)).toBe(section);
  });
});

describe("sectionsOf", () => {
  it("orders the parts as they are worked through, and each by urgency, then by time", () => {
    const sections = sectionsOf(
      [
        task({ id: "late", due_at: "2026-11-22T12:00:00Z" }),
        task({ id: "soon", due_at: "2026-11-22T08:00:00Z" }),
        task({ id: "urgent", due_at: "2026-11-22T15:00:00Z", priority: "urgent" }),
        task({ id: "owed", state: "dialled" }),
      ],
      END_OF_DAY,
    );
    expect(sections.map(({ name, tasks }) => [name, tasks.map(({ id }) => id)])).toEqual([
      ["owed", ["owed"]],
      ["today", ["urgent", "soon", "late"]],
    ]);
  });
});
