import { api, dataOf, type Schema } from "../../../../api/client";
import type { Versioned } from "../../../../kit/editor/conflict";
import type { HeaderFor } from "../../../../kit/useRequestKey";
import type { Hook } from "./hook";

/** What is typed of a webhook. */
export interface HookDraft {
  url: string;
  description: string;
  groupId: string | null;
  types: readonly string[];
}

/** The fields of the form, as the API calls them. */
export const HOOK_FIELDS = ["url", "description", "group_id", "types"] as const;

export function hookDraft(hook: Hook | null): HookDraft {
  if (hook === null) return { url: "", description: "", groupId: null, types: ["*"] };
  const { url, description, group_id, types } = hook;
  return { url, description, groupId: group_id, types };
}

function bodyOf(draft: HookDraft): Omit<Schema<"WebhookBody">, "enabled"> {
  return {
    url: draft.url.trim(),
    description: draft.description.trim(),
    group_id: draft.groupId,
    types: [...draft.types],
  };
}

export function makeHook(
  draft: HookDraft,
  headerFor: HeaderFor,
): Promise<Schema<"NewWebhookView">> {
  const body = { ...bodyOf(draft), enabled: true };
  return dataOf(api.POST("/v1/webhooks", { params: { header: headerFor(body) }, body }));
}

/** A webhook with what tells its state from later ones. */
export function versionOf(hook: Hook): Versioned<Hook> {
  return { data: hook, tag: `"${hook.version}"` };
}

export async function readHook(id: string): Promise<Versioned<Hook>> {
  const params = { path: { webhook_id: id } };
  return versionOf(await dataOf(api.GET("/v1/webhooks/{webhook_id}", { params })));
}

/** Write what was typed over `before`, which nobody may have changed since. */
export function writeHook(draft: HookDraft, before: Hook): Promise<Hook> {
  return replaceHook(before, bodyOf(draft));
}

/** Write a webhook as it is, but for `changes`; refused when somebody else has changed it since. */
export function replaceHook(hook: Hook, changes: Partial<Schema<"WebhookBody">>): Promise<Hook> {
  const { id, url, description, group_id, types, enabled, version } = hook;
  return dataOf(
    api.PUT("/v1/webhooks/{webhook_id}", {
      params: { path: { webhook_id: id }, header: { "if-match": `"${version}"` } },
      body: { url, description, group_id, types, enabled, ...changes },
    }),
  );
}
