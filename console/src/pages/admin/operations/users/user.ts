import { queryOptions } from "@tanstack/react-query";
import { api, type Schema } from "../../../../api/client";
import { versionedOf } from "../../../../kit/editor/versioned";
import type { Role } from "../parts/ReachFields";
import { keys } from "../queries";

export type User = Schema<"UserView">;

/** A user as it was read, and what tells this state from later ones. */
export interface ReadUser extends User {
  etag: string;
}

export const userQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.users, id],
    queryFn: ({ signal }: { signal: AbortSignal }) => readUser(id, signal),
  });

/** Read a user, with what tells this state from later ones. */
export function readUser(id: string, signal?: AbortSignal): Promise<ReadUser> {
  const params = { path: { user_id: id } };
  return readFrom(
    api.GET("/v1/users/{user_id}", { params, ...(signal === undefined ? {} : { signal }) }),
  );
}

/** What is typed of a user. */
export interface UserDraft {
  login: string;
  name: string;
  phone: string;
  role: Role;
  groupId: string | null;
  managerId: string | null;
  grants: readonly Schema<"Grant">[];
  withPassword: boolean;
}

export const NEW_USER: UserDraft = {
  login: "",
  name: "",
  phone: "",
  role: "county_manager",
  groupId: null,
  managerId: null,
  grants: [],
  withPassword: true,
};

/** The fields of the form, as the API calls them. */
export const USER_FIELDS = ["login", "name", "phone", "role", "group_id", "manager_id", "grants"];

export function draftOf(user: User): UserDraft {
  return {
    login: user.login,
    name: user.name,
    phone: user.phone?.number ?? "",
    role: user.role,
    groupId: user.group_id,
    managerId: user.manager_id,
    grants: user.grants,
    withPassword: user.has_password,
  };
}

/** The body of a request that writes a user. */
export function bodyOf(draft: UserDraft, status: Schema<"UserStatus">): Schema<"UserBody"> {
  return {
    login: draft.login.trim(),
    name: draft.name.trim(),
    phone: draft.phone.trim() || null,
    role: draft.role,
    group_id: draft.groupId,
    manager_id: draft.managerId,
    grants: [...draft.grants],
    status,
  };
}

/** Write a user; refused when somebody else has changed it since it was read. */
export function replaceUser(user: ReadUser, body: Schema<"UserBody">): Promise<ReadUser> {
  return readFrom(
    api.PUT("/v1/users/{user_id}", {
      params: { path: { user_id: user.id }, header: { "if-match": user.etag } },
      body,
    }),
  );
}

async function readFrom(answer: Promise<{ data?: User; response: Response }>): Promise<ReadUser> {
  const { data, tag } = await versionedOf(answer);
  return { ...data, etag: tag ?? "*" };
}
