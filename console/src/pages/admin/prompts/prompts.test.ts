import { expect, it } from "vitest";
import { missingIn, type Prompt } from "./prompts";

const prompt = (language: string, name: string): Prompt => ({
  language,
  name,
  source: "shipped",
  digest: "0",
  duration_ms: 1,
  text: null,
  created_at: null,
  created_by: null,
});

it("names what a language lacks that Chinese has", () => {
  const all = [prompt("zh", "closed"), prompt("zh", "welcome"), prompt("en", "welcome")];
  expect(missingIn("en", all)).toEqual(["closed"]);
  expect(missingIn("zh", all)).toEqual([]);
});
