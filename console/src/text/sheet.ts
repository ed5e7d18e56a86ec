import { words } from "./words";

/** Words of one manager's sheet of figures. */
export const sheetText = words("manager-sheet", {
  title: ["经理业绩单", "Manager's sheet"],
  print: ["打印", "Print"],
  open: ["查看业绩单", "Open the sheet"],
  staffNo: ["工号", "Staff number"],
  group: ["所属组织", "Group"],
  span: ["统计期间", "Days"],
  spanOf: ["{{from}} 至 {{to}}", "{{from}} to {{to}}"],
  previous: ["对比期间", "Compared with"],
  figure: ["指标", "Figure"],
  now: ["本期", "Now"],
  before: ["上期", "Before"],
  change: ["变化", "Change"],
  of_tasks: ["任务", "Tasks"],
  of_contact: ["联系客户", "Contact"],
  of_calls: ["外呼", "Calls outward"],
  of_callers: ["客户来电", "Callers"],
  of_results: ["反馈与评价", "Results and surveys"],
  of_quality: ["质检", "Quality"],
  course: ["逐期情况", "Course"],
  toReport: ["返回报表", "To the report"],
  noCalls: ["这段时间没有任务和通话", "No tasks and no calls in this span"],
  noCallsDetail: ["换个日期再看。", "Look at other days."],
});
