import { expect, it } from "vitest";
import type { TaskType } from "./kinds";
import { newResult, typeBody, typeDraft } from "./typeDraft";

const RETENTION: TaskType = {
  name: "retention",
  names: { zh: "挽留", en: "retention", fr: "rétention" },
  is_built_in: true,
  is_edited: false,
  priority: "urgent",
  times: { due_s: null, contact_s: 14_400, close_working_days: 2 },
  attempts: { most: 5, per_day: 2, spacing_s: 5_400 },
  escalates: true,
  needs_contact: true,
  asks_result: true,
  script_id: null,
  follow_up_type: "win_back",
  follow_up_days: [30, 90],
  fields: [
    { name: "way", kind: "choice", names: { zh: "方式" }, is_required: true, choices: ["a", "b"] },
  ],
  results: [
    {
      code: "retained",
      kind: "success",
      key: "1",
      names: { zh: "挽留成功" },
      needs_reason: true,
      proposes_do_not_call: false,
    },
  ],
};

it("sends back what nobody has touched as it was read", () => {
  const { name: _, is_built_in: __, is_edited: ___, ...kept } = RETENTION;
  expect(typeBody(typeDraft(RETENTION))).toEqual(kept);
});

it("begins a new one with what the API takes for one of which nothing is said", () => {
  expect(typeBody(typeDraft(null))).toMatchObject({
    names: {},
    priority: "normal",
    times: { due_s: null, contact_s: null, close_working_days: null },
    attempts: { most: 5, per_day: 2, spacing_s: 7_200 },
    follow_up_days: [30, 90],
    results: [],
  });
});

it("takes the separators of both languages, and no empty names", () => {
  const draft = typeDraft(RETENTION);
  const fields = draft.fields.map((one) => ({ ...one, choices: "上门；电话; " }));
  const body = typeBody({
    ...draft,
    fields,
    names: { zh: "挽留", en: " " },
    followUpDays: "7，14、30",
  });
  expect(body.fields?.[0]?.choices).toEqual(["上门", "电话"]);
  expect(body.names).toEqual({ zh: "挽留" });
  expect(body.follow_up_days).toEqual([7, 14, 30]);
});

it("gives a new result the first key that is free", () => {
  const { results } = typeDraft(RETENTION);
  const second = newResult(results);
  expect([second.key, second.id]).toEqual(["2", 1]);
  expect(newResult([...results, second]).key).toBe("3");
});
