import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, dataOf, type Schema, setCsrfToken } from "./client";
import { Problem } from "./problem";
import { sessionBegan } from "./session-state";

/** Who is logged in, and what that person may do. */
export type Who = Schema<"WhoView">;

/** Null: nobody is logged in. */
export const whoQuery = queryOptions({
  queryKey: ["session"],
  queryFn: fetchWho,
  staleTime: Number.POSITIVE_INFINITY,
});

/** Read who is logged in, past what was read before; null: nobody. */
export async function fetchWho(): Promise<Who | null> {
  try {
    return began(await dataOf(api.GET("/v1/session")));
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 401) return null;
    throw problem;
  }
}

/** How somebody may log in at this node: `password`, `oidc`. */
export const loginMethodsQuery = queryOptions({
  // Below `session`: what another login reads anew leaves it alone.
  queryKey: ["session", "methods"],
  queryFn: async () => (await dataOf(api.GET("/v1/session/methods"))).methods,
  staleTime: Number.POSITIVE_INFINITY,
});

/** What is typed in to log in. */
export interface Credentials {
  login: string;
  password: string;
  /** Six digits or a recovery code, once the second factor is asked for. */
  totp?: string;
}

/** Log in; throws `Problem` `login-failed`, `login-locked`, `second-factor-needed`. */
export async function logIn(credentials: Credentials): Promise<Who> {
  return began(await dataOf(api.POST("/v1/session", { body: credentials })));
}

/** Log out; the cookie is worthless after it. */
export async function logOut(): Promise<void> {
  await api.DELETE("/v1/session");
  setCsrfToken(null);
}

/** Log out and begin anew with an empty page: nothing that was read or typed stays in memory. */
export function leave(): void {
  void logOut().finally(() => location.assign("/"));
}

/** Note a session that has begun, or goes on under another cookie. */
export function began(who: Who): Who {
  setCsrfToken(who.csrf_token);
  sessionBegan();
  return who;
}

/** Who is logged in; only below the log-in gate, where somebody always is. */
export function useWho(): Who {
  const { data } = useQuery(whoQuery);
  if (data === null || data === undefined) throw new Error("useWho() outside of the log-in gate");
  return data;
}

/** Whether whoever is logged in has a permission, such as `calls.start`. */
export function useMay(permission: string): boolean {
  return useWho().permissions.includes(permission);
}
