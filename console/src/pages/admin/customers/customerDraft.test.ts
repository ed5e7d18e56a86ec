import { expect, it } from "vitest";
import type { Customer } from "../../../api/directory";
import { customerBody, customerDraft } from "./customerDraft";

const wang: Customer = {
  id: "cus_1",
  name: "王丽",
  external_id: "C1",
  group_id: "grp_1",
  owner_id: "mgr_1",
  numbers: [{ number: "+8613800138000", masked: "138****8000" }],
  class: "核心",
  tier: null,
  code: null,
  do_not_call: { reason: "客户要求", since: "2026-01-01T00:00:00Z" },
  attributes: { 地址: "城桥镇", 套餐: 129, 标签: ["a"] },
};

it("sends back what was read when nothing is typed", () => {
  const { attributes, numbers, do_not_call, owner_why } = customerBody(customerDraft(wang), wang);
  expect(attributes).toEqual(wang.attributes);
  expect(numbers).toEqual(["+8613800138000"]);
  expect(do_not_call).toEqual(wang.do_not_call);
  expect(owner_why).toBe("");
});

it("sends neither empty numbers nor names of attributes that nobody gave", () => {
  const draft = {
    ...customerDraft(null),
    name: " 张三 ",
    group_id: "grp_1",
    numbers: ["138 0013 8001", " "],
    attributes: [{ name: "", text: "x" }],
  };
  expect(customerBody(draft, null)).toMatchObject({
    name: "张三",
    numbers: ["138 0013 8001"],
    attributes: {},
    do_not_call: null,
    code: null,
  });
});
