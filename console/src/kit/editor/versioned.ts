import { Problem } from "../../api/problem";
import type { Versioned } from "./conflict";

/** What a request answered, with its `ETag`; for use around `api.GET(…)` of one thing. */
export async function versionedOf<View>(
  answer: Promise<{ data?: View; response: Response }>,
): Promise<Versioned<View>> {
  const { data, response } = await answer;
  if (data === undefined) throw Problem.unreachable();
  return { data, tag: response.headers.get("ETag") };
}

/** The header of a change that is meant for one version only. */
export function ifMatch(tag: string | null): { "if-match"?: string } {
  return tag === null ? {} : { "if-match": tag };
}
