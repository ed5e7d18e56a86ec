import type { Wish } from "./handover";

export const KINDS = ["one", "evenly", "by_class", "deputy", "back"] as const;
export type Kind = (typeof KINDS)[number];

/** What is filled in. */
export interface Draft {
  managerId: string | null;
  kind: Kind;
  toId: string | null;
  /** Class to manager. */
  classes: Readonly<Record<string, string>>;
  otherId: string | null;
  isLater: boolean;
  /** RFC 3339. */
  at: string | null;
  why: string;
  introduce: boolean;
  moveMatters: boolean;
}

export const NEW: Draft = {
  managerId: null,
  kind: "one",
  toId: null,
  classes: {},
  otherId: null,
  isLater: false,
  at: null,
  why: "",
  introduce: true,
  moveMatters: true,
};

/** What the draft asks for; null while something is still missing. `groupId` is the giver's. */
export function wishOf(draft: Draft, groupId: string | null): Wish | null {
  const { managerId } = draft;
  const to = recipientOf(draft, groupId);
  if (managerId === null || to === null || (draft.isLater && draft.at === null)) return null;
  return {
    managerId,
    to,
    at: draft.isLater ? draft.at : null,
    why: draft.why.trim(),
    introduce: draft.introduce,
    move_matters: draft.moveMatters,
  };
}

function recipientOf(draft: Draft, groupId: string | null): Wish["to"] | null {
  switch (draft.kind) {
    case "one":
      return draft.toId === null ? null : { kind: "one", manager_id: draft.toId };
    case "evenly":
      return groupId === null ? null : { kind: "evenly", group_id: groupId };
    case "by_class":
      if (Object.keys(draft.classes).length === 0) return null;
      return { kind: "by_class", managers: draft.classes, other_manager_id: draft.otherId };
    case "deputy":
      return { kind: "deputy" };
    case "back":
      return { kind: "back" };
  }
}
