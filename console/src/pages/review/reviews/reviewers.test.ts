import { describe, expect, it } from "vitest";
import { offered, type Reviewer } from "./reviewers";

const reviewer = (id: string, more: Partial<Reviewer> = {}): Reviewer => ({
  id,
  kind: "user",
  name: id,
  role: "qa_reviewer",
  group_id: null,
  waiting: 0,
  ...more,
});

describe("reviewers", () => {
  it("are offered by what they are, then by how little waits for them", () => {
    const found = offered([
      reviewer("key", { kind: "key" }),
      reviewer("admin", { role: "admin" }),
      reviewer("busy", { waiting: 7 }),
      reviewer("free"),
    ]);
    expect(found.map(({ id }) => id)).toEqual(["free", "busy", "admin", "key"]);
  });
});
