import { expect, it } from "vitest";
import { managerBody, managerDraft } from "./managerDraft";

it("sends telephones in the order of the form, numbers and addresses apart", () => {
  const draft = {
    ...managerDraft(null),
    name: "沈佳怡",
    group_id: "grp_1",
    skills: "宽带；英语; ",
    phones: [
      { key: 2, address: "sip:1001@gw", label: "软电话" },
      { key: 0, address: "", label: "" },
      { key: 1, address: "139 0000 1111", label: "" },
    ],
  };
  const { phones, skills, away_until } = managerBody(draft, null);
  expect(phones).toEqual([
    { aor: "sip:1001@gw", label: "软电话", order: 0 },
    { number: "139 0000 1111", label: "", order: 1 },
  ]);
  expect(skills).toEqual(["宽带", "英语"]);
  expect(away_until).toBeNull();
});
