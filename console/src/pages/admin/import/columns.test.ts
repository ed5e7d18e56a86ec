import { expect, it } from "vitest";
import { faultsOf, type Mapping, mappingOf, meaningsOf } from "./columns";

const known: Mapping = {
  kind: "customers",
  mapping: { 主要联系方式: "numbers", 备注: "" },
  columns: ["external_id", "name", "numbers", "tier"],
  required: ["external_id", "name"],
  titles: { external_id: "external_id", 客户编号: "external_id", 名称: "name", tier: "tier" },
  keeps_others: true,
  changed_at: null,
  changed_by: null,
};

it("knows titles in any case, as was said last before what is always known", () => {
  const meanings = meaningsOf(["客户编号", "Tier", "备注", "地址", ""], known);
  expect(meanings).toEqual({ 客户编号: "external_id", Tier: "tier", 备注: "", 地址: null });
});

it("tells only what is not known anyway", () => {
  const meanings = { 客户编号: "external_id", 称呼: "name", 备注: "" };
  expect(mappingOf(meanings, known)).toEqual({ 称呼: "name", 备注: "" });
});

it("finds what no row can be taken without", () => {
  const meanings = { a: "name", b: "name", c: null };
  expect(faultsOf(meanings, known)).toEqual({
    missing: ["external_id"],
    twice: ["name"],
    unknown: [],
  });
  expect(faultsOf(meanings, { ...known, keeps_others: false }).unknown).toEqual(["c"]);
});
