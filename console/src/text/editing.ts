import { words } from "./words";

/** Words of forms over things that others may change at the same moment. */
export const editingText = words("editing", {
  discard: ["放弃修改", "Discard changes"],
  conflict: ["有人刚刚保存了不同的内容", "Somebody else has just saved something else"],
  conflictSolved: [
    "有人刚刚保存过，已合并；请核对后再次保存。",
    "Somebody else has just saved: both are merged. Check, then save again.",
  ],
  conflictTaken: ["已采用对方的修改：{{fields}}", "Taken over from the other: {{fields}}"],
  theirs: ["对方", "Theirs"],
  mine: ["我的", "Mine"],
  emptyValue: ["（空）", "(empty)"],
  useTheirs: ["用对方的", "Use theirs"],
  useMine: ["保留我的", "Keep mine"],
});
