import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import type { Versioned } from "../../../kit/editor/conflict";
import { ifMatch, versionedOf } from "../../../kit/editor/versioned";

export type SmsText = Schema<"SmsTemplateView">;

/** The texts as the form has them; empty: that of the group above, or the shipped one. */
export interface TextDraft {
  zh: string;
  en: string;
}

/** Everything that is read of texts begins with this. */
export const TEXTS = ["sms-texts"] as const;

/** The texts of a group; "" for everybody's. */
export const textsQuery = (groupId: string) =>
  queryOptions({
    queryKey: [...TEXTS, groupId, "all"],
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/sms/templates", { params: { query: ofGroup(groupId) }, signal })),
  });

export const textQuery = (kind: string, groupId: string) =>
  queryOptions({
    queryKey: [...TEXTS, groupId, "one", kind],
    queryFn: () => readText(kind, groupId),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });

export function readText(kind: string, groupId: string): Promise<Versioned<SmsText>> {
  return versionedOf<SmsText>(api.GET("/v1/sms/templates/{kind}", { params: of(kind, groupId) }));
}

export function textDraft(text: SmsText | null): TextDraft {
  return { zh: text?.own.zh ?? "", en: text?.own.en ?? "" };
}

/** Write what is typed; with nothing typed what was put before is taken back. */
export async function writeText(
  before: SmsText,
  draft: TextDraft,
  groupId: string,
  tag: string | null,
): Promise<SmsText> {
  const texts = {
    ...(draft.zh.trim() === "" ? {} : { zh: draft.zh }),
    ...(draft.en.trim() === "" ? {} : { en: draft.en }),
  };
  const params = { ...of(before.kind, groupId), header: ifMatch(tag) };
  if (Object.keys(texts).length > 0) {
    return dataOf(api.PUT("/v1/sms/templates/{kind}", { params, body: { texts } }));
  }
  if (isOwn(before)) await api.DELETE("/v1/sms/templates/{kind}", { params });
  return before;
}

export async function restoreText(kind: string, groupId: string): Promise<void> {
  await api.DELETE("/v1/sms/templates/{kind}", { params: of(kind, groupId) });
}

/** Whether somebody has put something just here. */
export function isOwn(text: SmsText): boolean {
  return text.own.zh !== null || text.own.en !== null;
}

function of(kind: string, groupId: string) {
  return { path: { kind }, query: ofGroup(groupId) };
}

function ofGroup(groupId: string) {
  return groupId === "" ? {} : { group_id: groupId };
}
