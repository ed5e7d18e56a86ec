import { api, dataOf } from "../../../api/client";
import type { Versioned } from "../../../kit/editor/conflict";
import { ifMatch, versionedOf } from "../../../kit/editor/versioned";
import type { HeaderFor } from "../../../kit/useRequestKey";
import type { Scorecard, Script } from "../queries";
import {
  draftOfScorecard,
  draftOfScript,
  fieldsOfScorecard,
  fieldsOfScript,
  type ScorecardDraft,
  type ScriptDraft,
  scorecardOf,
  scriptOf,
} from "./drafts";

/** What talks are compared or judged with: versioned, on a page of its own. */
export interface Rule {
  id: string;
  name: string;
  version: number;
}

/** One kind of rules: how it is read, edited and written. */
export interface RuleKind<Draft extends object, View extends Rule> {
  /** Names its list, in the address and among the queries. */
  name: "scripts" | "scorecards";
  /** What its form holds; of null what a new one begins with. */
  draftOf(view: View | null): Draft;
  /** Every field that the API may name. */
  fieldsOf(draft: Draft): readonly string[];
  read(id: string, signal?: AbortSignal): Promise<Versioned<View>>;
  /** Write it, only if it is still what was read with `tag`. */
  replace(before: View, draft: Draft, tag: string | null): Promise<View>;
  /** Make a new one, of a group (null: everybody's); `headerFor` has it made once. */
  create(draft: Draft, groupId: string | null, headerFor: HeaderFor): Promise<View>;
  remove(id: string): Promise<unknown>;
}

export const scorecards: RuleKind<ScorecardDraft, Scorecard> = {
  name: "scorecards",
  draftOf: draftOfScorecard,
  fieldsOf: fieldsOfScorecard,
  read: (id, signal) =>
    versionedOf(
      api.GET("/v1/scorecards/{scorecard_id}", {
        params: { path: { scorecard_id: id } },
        ...(signal && { signal }),
      }),
    ),
  replace: (before, draft, tag) =>
    dataOf(
      api.PUT("/v1/scorecards/{scorecard_id}", {
        params: { path: { scorecard_id: before.id }, header: ifMatch(tag) },
        body: scorecardOf(draft, before),
      }),
    ),
  create: (draft, group_id, headerFor) => {
    const body = { ...scorecardOf(draft, null), group_id };
    return dataOf(api.POST("/v1/scorecards", { params: { header: headerFor(body) }, body }));
  },
  remove: (id) =>
    api.DELETE("/v1/scorecards/{scorecard_id}", { params: { path: { scorecard_id: id } } }),
};

export const scripts: RuleKind<ScriptDraft, Script> = {
  name: "scripts",
  draftOf: draftOfScript,
  fieldsOf: fieldsOfScript,
  read: (id, signal) =>
    versionedOf(
      api.GET("/v1/scripts/{script_id}", {
        params: { path: { script_id: id } },
        ...(signal && { signal }),
      }),
    ),
  replace: (before, draft, tag) =>
    dataOf(
      api.PUT("/v1/scripts/{script_id}", {
        params: { path: { script_id: before.id }, header: ifMatch(tag) },
        body: scriptOf(draft, before),
      }),
    ),
  create: (draft, group_id, headerFor) => {
    const body = { ...scriptOf(draft, null), group_id };
    return dataOf(api.POST("/v1/scripts", { params: { header: headerFor(body) }, body }));
  },
  remove: (id) => api.DELETE("/v1/scripts/{script_id}", { params: { path: { script_id: id } } }),
};
