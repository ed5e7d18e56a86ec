import createClient, { type Middleware } from "openapi-fetch";
import { Problem, problemOf } from "./problem";
import type { components, paths } from "./schema";
import { sessionEnded } from "./session-state";

/** The records of the API by name: `Schema<"CallView">`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

/** Belongs to the session; kept in memory only, so that no other page can know it. */
let csrfToken: string | null = null;

/** Note the token that every request that changes something must carry. */
export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

const guard: Middleware = {
  onRequest({ request }) {
    if (csrfToken !== null && request.method !== "GET") {
      request.headers.set("X-CSRF-Token", csrfToken);
    }
    return request;
  },
  async onResponse({ request, response }) {
    if (response.ok) return undefined;
    const problem = await problemOf(response);
    if (problem.code === "unauthenticated" && !request.url.endsWith("/v1/session")) {
      sessionEnded();
    }
    throw problem;
  },
  onError({ error }) {
    // fetch() rejects when nothing answered at all.
    return error instanceof Problem ? error : Problem.unreachable();
  },
};

/**
 * The public API, typed by its own document. Anything but success is thrown as a `Problem`, so
 * `data` is what the document says.
 */
export const api = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? "",
  credentials: "same-origin",
  headers: { Accept: "application/json" },
});
api.use(guard);

/** What a successful request answered; for use after `api.GET(…)` and its like. */
export async function dataOf<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  if (data === undefined) throw Problem.unreachable();
  return data;
}
