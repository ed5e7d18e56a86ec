import { words } from "./words";

/** Words of types of tasks and kinds of triggers. */
export const kindsText = words("kinds", {
  title: ["任务类型与触发", "Task types and triggers"],
  types: ["任务类型", "Task types"],
  triggers: ["触发类型", "Trigger kinds"],
  name: ["名称", "Name"],
  code: ["代号", "Id"],
  priority: ["优先级", "Priority"],
  priority_low: ["低", "Low"],
  priority_normal: ["普通", "Normal"],
  priority_high: ["高", "High"],
  priority_urgent: ["紧急", "Urgent"],
  asType: ["同任务类型", "As its task type"],
  due: ["完成期限", "Due within"],
  contact: ["联系期限", "Contact within"],
  close: ["办结期限", "Closed within"],
  workingDays: [
    "{{count}} 个工作日",
    { one: "{{count}} working day", other: "{{count}} working days" },
  ],
  results: ["结果", "Results"],
  task: ["生成任务", "Task"],
  origin: ["来源", "Origin"],
  builtIn: ["内置", "Shipped"],
  edited: ["已修改", "Edited"],
  own: ["自建", "Own"],
  document: ["定义（JSON）", "Document (JSON)"],
  documentHelp: [
    "字段说明见接口文档；保存后新任务按新定义执行，已有任务不变。",
    "The API's reference explains the fields. New tasks follow it; tasks that there are stay as they are.",
  ],
  notJson: ["不是有效的 JSON：{{why}}", "This is no JSON: {{why}}"],
  saved: ["已保存", "Saved"],
  changedMeanwhile: [
    "有人刚刚修改过。您的文本仍在；再次保存将覆盖对方的修改。对方的版本：",
    "Somebody else has just changed it. Your text is still here; saving again replaces theirs, which is:",
  ],
  restore: ["恢复内置", "Restore the shipped one"],
  restoreTitle: ["恢复为内置定义？", "Restore the shipped one?"],
  restoreDetail: [
    "所做的修改将丢失；自建的类型将被删除。",
    "What was edited is lost; one of your own is deleted.",
  ],
});
