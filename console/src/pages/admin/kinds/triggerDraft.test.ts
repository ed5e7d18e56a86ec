import { expect, it } from "vitest";
import type { TriggerKind } from "./kinds";
import { NEW_THRESHOLD, triggerBody, triggerDraft } from "./triggerDraft";

const SPEND_FELL: TriggerKind = {
  name: "spend_fell",
  type: "retention",
  own_type: null,
  names: { zh: "消费下降", en: "spending fell" },
  is_built_in: true,
  is_edited: false,
  threshold: {
    fact: "spend",
    measure: "fall_percent",
    before: "spend_before",
    above: 30,
    at_most: null,
  },
  times: { contact_s: 14_400, close_working_days: 2, due_s: null },
  priority: null,
  escalates: true,
};

it("sends back what nobody has touched as it was read", () => {
  const { name: _, is_built_in: __, is_edited: ___, ...kept } = SPEND_FELL;
  expect(triggerBody(triggerDraft(SPEND_FELL))).toEqual(kept);
});

it("names a type of one's own as the API does", () => {
  const draft = { ...triggerDraft(SPEND_FELL), task: "fibre_upgrade" };
  expect(triggerBody(draft)).toMatchObject({ type: "own", own_type: "fibre_upgrade" });
  expect(triggerBody({ ...draft, task: "renewal" })).toMatchObject({
    type: "renewal",
    own_type: null,
  });
});

it("compares with nothing else where the figure itself counts", () => {
  const threshold = { ...NEW_THRESHOLD, fact: "balance", before: "left over", atMost: "-5" };
  const body = triggerBody({ ...triggerDraft(null), threshold });
  expect(body.threshold).toEqual({
    fact: "balance",
    measure: "value",
    before: null,
    above: null,
    at_most: -5,
  });
  expect(body.times).toBeNull();
});
