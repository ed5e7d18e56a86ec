import { words } from "./words";

/** Words of the area "manager". */
export const managerText = words("manager", {
  area: ["工作台", "Work"],
  tasks: ["我的任务", "My tasks"],
});
