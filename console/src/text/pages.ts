import { type Word, words } from "./words";

/**
 * What pages are called, in links and above the page itself. All of them are read with the frame,
 * whoever logs in, so nothing else stands here: an area's words come with its pages.
 */
export const pageNames = {
  // The manager's work.
  tasks: ["今日任务", "Today"],
  missed: ["未接与留言", "Missed"],
  dialling: ["连续外呼", "Dialling list"],
  // The county.
  board: ["实时看板", "Live board"],
  reports: ["报表", "Reports"],
  groupTasks: ["任务管理", "Group tasks"],
  triggers: ["触发事项", "Triggers"],
  plans: ["走访计划", "Plans"],
  calls: ["通话记录", "Calls"],
  assign: ["分派", "Assign"],
  handovers: ["客户移交", "Handovers"],
  // Review.
  recordings: ["录音", "Recordings"],
  reviews: ["评审", "Reviews"],
  scripts: ["话术", "Scripts"],
  scorecards: ["评分表", "Scorecards"],
  // The directory, flows, prompts.
  customers: ["客户", "Customers"],
  managers: ["客户经理", "Managers"],
  groups: ["组织", "Groups"],
  hotlines: ["热线", "Hotlines"],
  flows: ["语音流程", "Flows"],
  prompts: ["提示音", "Prompts"],
  kinds: ["任务类型与触发", "Types and triggers"],
  texts: ["短信模板", "SMS texts"],
  imports: ["导入", "Import"],
  explain: ["来电推演", "What would happen?"],
  // Operations.
  system: ["系统状态", "System"],
  nodes: ["节点", "Nodes"],
  trunks: ["线路话机", "Trunks"],
  users: ["用户", "Users"],
  keys: ["接口密钥", "API keys"],
  webhooks: ["Webhook", "Webhooks"],
  audit: ["操作日志", "Audit log"],
  messages: ["短信记录", "Short messages"],
  integrity: ["录音存证", "Integrity"],
} as const satisfies Record<string, Word>;

export const pages = words("pages", pageNames);

/** What areas are called, above their links. */
export const areaNames = words("areas", {
  manager: ["工作台", "Work"],
  county: ["县区", "County"],
  review: ["质检", "Review"],
  admin: ["管理", "Administration"],
  operations: ["系统运维", "Operations"],
});
