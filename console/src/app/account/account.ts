import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../api/client";
import { began, type Who, whoQuery } from "../../api/session";

export type Session = Schema<"SessionView">;

/** Where one is logged in. */
export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: async ({ signal }) => (await dataOf(api.GET("/v1/sessions", { signal }))).items,
});

/** Another password; every other session ends, this one goes on. */
export async function changePassword(body: Schema<"PasswordBody">): Promise<Who> {
  return began(await dataOf(api.POST("/v1/session/password", { body })));
}

/** The secret of a second factor that is not on yet. */
export function beginFactor(password: string): Promise<Schema<"TotpView">> {
  return dataOf(api.POST("/v1/session/totp", { body: { password } }));
}

/** Switch the second factor on; answers the recovery codes, this once. */
export async function confirmFactor(totp: string): Promise<readonly string[]> {
  const answer = await dataOf(api.POST("/v1/session/totp/confirm", { body: { totp } }));
  return answer.recovery_codes;
}

/** Go on without the second factor; every other session ends. */
export async function removeFactor(body: Schema<"RemovalBody">): Promise<Who> {
  return began(await dataOf(api.POST("/v1/session/totp/remove", { body })));
}

/** Log out elsewhere. */
export async function endSession(id: string): Promise<void> {
  await api.DELETE("/v1/sessions/{session_id}", { params: { path: { session_id: id } } });
}

/** Who one is now is known; where one is logged in has changed with it. */
export function noteWho(client: QueryClient, who: Who): void {
  client.setQueryData(whoQuery.queryKey, who);
  void client.invalidateQueries({ queryKey: sessionsQuery.queryKey });
}
