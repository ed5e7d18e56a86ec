import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import { FLOWS, readFlow } from "../flows/flows";

export type Prompt = Schema<"PromptView">;

/** Everything that is read of prompts begins with this. */
export const PROMPTS = ["prompts"] as const;
/** The language that is heard where another one lacks a prompt. */
export const BASE = "zh";

/** Every prompt that the answering node plays: some hundreds. */
export const promptsQuery = queryOptions({
  queryKey: [...PROMPTS, "all"],
  queryFn: async ({ signal }): Promise<readonly Prompt[]> => {
    const all: Prompt[] = [];
    let cursor: string | null = null;
    do {
      const query: { limit: number; cursor?: string } = { limit: 200 };
      if (cursor !== null) query.cursor = cursor;
      const page: Schema<"PromptList"> = await dataOf(
        api.GET("/v1/prompts", { params: { query }, signal }),
      );
      all.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null);
    return all;
  },
});

/** Which flows name which prompt. */
export const usesQuery = queryOptions({
  queryKey: [...FLOWS, "prompts"],
  queryFn: async ({ signal }): Promise<ReadonlyMap<string, readonly string[]>> => {
    const { items } = await dataOf(
      api.GET("/v1/flows", { params: { query: { limit: 200 } }, signal }),
    );
    const flows = await Promise.all(items.map((one) => readFlow(one.name)));
    const uses = new Map<string, string[]>();
    for (const { data } of flows) {
      for (const prompt of data.prompts) {
        uses.set(prompt, [...(uses.get(prompt) ?? []), data.name]);
      }
    }
    return uses;
  },
});

/** Names that the base language has and another one lacks: the base is heard there. */
export function missingIn(language: string, prompts: readonly Prompt[]): readonly string[] {
  const there = new Set(prompts.filter((one) => one.language === language).map((one) => one.name));
  return prompts
    .filter((one) => one.language === BASE && !there.has(one.name))
    .map((one) => one.name);
}

/** Where a prompt is heard; `digest` names the recording, so that a new one is read anew. */
export function audioUrl({ language, name, digest }: Prompt): string {
  return `/v1/prompts/${language}/${name}/audio#${digest.slice(0, 12)}`;
}

/** Upload a recording, in any usual format. */
export function putPrompt(
  language: string,
  name: string,
  file: File,
  text: string,
): Promise<Prompt> {
  const form = new FormData();
  form.set("file", file, "recording");
  if (text !== "") form.set("text", text);
  return dataOf(
    api.PUT("/v1/prompts/{language}/{name}", {
      params: { path: { language, name } },
      body: { file: "" },
      bodySerializer: () => form,
    }),
  );
}

/** Have a text spoken by the node's speech program, and put it in force. */
export function speakPrompt(language: string, name: string, text: string): Promise<Prompt> {
  return dataOf(
    api.PUT("/v1/prompts/{language}/{name}", {
      params: { path: { language, name } },
      body: { text },
    }),
  );
}

/** Languages in which the answering node speaks texts; empty: none, it has no speech program. */
export const speaksQuery = queryOptions({
  queryKey: [...PROMPTS, "speaks"],
  queryFn: async ({ signal }) => (await dataOf(api.GET("/v1/system", { signal }))).speaks,
  staleTime: 60_000,
});

/** Take back what was uploaded. */
export function deletePrompt({ language, name }: Prompt) {
  return api.DELETE("/v1/prompts/{language}/{name}", { params: { path: { language, name } } });
}
