import { words } from "./words";

/** What the area's links are called: read with the frame, whoever logs in. */
export const countyNav = words("county-nav", {
  area: ["县区", "County"],
  board: ["实时看板", "Live board"],
  reports: ["报表", "Reports"],
  groupTasks: ["任务管理", "Group tasks"],
  plans: ["走访计划", "Plans"],
  calls: ["通话记录", "Calls"],
  assign: ["分派", "Assign"],
  handovers: ["客户移交", "Handovers"],
});
