import { isWord, useText, type Words, words } from "./words";

/** What became of a call. */
export const outcomes = words("codes-outcome", {
  connected: ["已接通", "Connected"],
  voicemail: ["已留言", "Voicemail"],
  callback_requested: ["预约回电", "Call back requested"],
  self_service: ["自助办理", "Self service"],
  customer_busy: ["客户忙", "Customer busy"],
  manager_busy: ["经理忙", "Manager busy"],
  customer_no_answer: ["客户未接", "Customer did not answer"],
  manager_no_answer: ["经理未接", "Manager did not answer"],
  manager_not_confirmed: ["经理未按键确认", "Manager did not confirm"],
  missed: ["未接来电", "Missed"],
  canceled: ["已取消", "Cancelled"],
  abandoned: ["来电者挂断", "Caller gave up"],
  manager_declined: ["经理拒接", "Manager declined"],
  manager_unreachable: ["经理无法接通", "Manager unreachable"],
  customer_declined: ["客户拒接", "Customer declined"],
  customer_unreachable: ["客户无法接通", "Customer unreachable"],
  customer_invalid: ["空号", "No such number"],
  refused: ["未予呼叫", "Refused"],
  failed: ["呼叫失败", "Failed"],
  interrupted: ["意外中断", "Interrupted"],
});

/** How far a call is. */
export const callStatuses = words("codes-call-status", {
  queued: ["等待线路", "Waiting for a line"],
  initiated: ["正在呼叫", "Dialling"],
  ringing: ["振铃中", "Ringing"],
  "in-progress": ["通话中", "In a call"],
  completed: ["已完成", "Completed"],
  busy: ["忙", "Busy"],
  "no-answer": ["无人接听", "No answer"],
  canceled: ["已取消", "Cancelled"],
  failed: ["失败", "Failed"],
});

/** Who asked for a call. */
export const directions = words("codes-direction", {
  click_to_dial: ["点击外呼", "Click to dial"],
  inbound: ["客户来电", "Inbound"],
  dial_through: ["话机外呼", "Dialled by phone"],
});

/** Who ended a call. */
export const hangupSources = words("codes-hangup", {
  customer: ["客户挂断", "Customer hung up"],
  manager: ["经理挂断", "Manager hung up"],
  gateway: ["网关结束", "Ended by the gateway"],
  api: ["系统结束", "Ended by a program"],
  network: ["网络断开", "The network dropped it"],
});

/** The shipped types of tasks; others have their names in `/v1/task-types`. */
export const taskTypes = words("codes-task-type", {
  voicemail: ["留言", "Voicemail"],
  callback: ["预约回电", "Call back"],
  missed_call: ["未接来电", "Missed call"],
  revisit: ["回访", "Revisit"],
  marketing: ["营销", "Marketing"],
  survey: ["调查", "Survey"],
  complaint: ["投诉", "Complaint"],
  retention: ["挽留", "Retention"],
  win_back: ["赢回", "Win back"],
  arrears: ["欠费", "Arrears"],
  low_balance: ["低余额", "Low balance"],
  renewal: ["续约", "Renewal"],
  introduction: ["告知", "Introduction"],
  own: ["其他", "Other"],
});

/** How far a task is. */
export const taskStates = words("codes-task-state", {
  new: ["新任务", "New"],
  assigned: ["待拨打", "Assigned"],
  dialled: ["待填结果", "Result owed"],
  call_again: ["再次联系", "Call again"],
  overdue: ["已逾期", "Overdue"],
  done: ["已办结", "Done"],
  cancelled: ["已取消", "Cancelled"],
});

/** What comes first. */
export const priorities = words("codes-priority", {
  low: ["低", "Low"],
  normal: ["普通", "Normal"],
  high: ["高", "High"],
  urgent: ["紧急", "Urgent"],
});

/** What a told result means, whatever its code. */
export const resultKinds = words("codes-result-kind", {
  success: ["成功", "Success"],
  partial: ["部分达成", "Partial"],
  refused: ["拒绝", "Refused"],
  call_again: ["再次联系", "Call again"],
  unreachable: ["无法联系", "Not reached"],
});

/** Codes of results that every type of task or the gateway itself tells. */
export const resultCodes = words("codes-result", {
  success: ["成功", "Success"],
  reached: ["已联系上", "Reached"],
  refused: ["完全拒绝", "Refused"],
  call_again: ["预约再拨", "Call again"],
  wrong_number: ["号码错误", "Wrong number"],
  not_reached: ["无法联系", "Not reached"],
  cancelled: ["已取消", "Cancelled"],
  revisit_done: ["回访成功", "Revisit done"],
  problem_found: ["发现问题", "Problem found"],
  marketing_done: ["营销成功", "Marketing done"],
  considering: ["考虑中", "Considering"],
  not_interested: ["无意向", "Not interested"],
  survey_done: ["调查成功", "Survey done"],
  survey_partial: ["部分完成", "Partly answered"],
  solved: ["已解决", "Solved"],
  explained: ["已解释", "Explained"],
  retained: ["挽留成功", "Retained"],
  leaves: ["挽留失败", "Leaves"],
  won_back: ["赢回成功", "Won back"],
  stays_away: ["不愿回来", "Stays away"],
  paid: ["已缴费", "Paid"],
  will_pay: ["承诺缴费", "Will pay"],
  disputes: ["有异议", "Disputes"],
  topped_up: ["已充值", "Topped up"],
  informed: ["已告知", "Informed"],
  renewed: ["续约成功", "Renewed"],
  not_renewed: ["不续约", "Not renewed"],
  introduced: ["告知成功", "Introduced"],
  answered: ["已回复", "Answered"],
  noted: ["已记录", "Noted"],
  called_back: ["已回电", "Called back"],
});

/** Say a code of the API in the page's language; a code that came later stands as it is. */
export function useCode<Name extends string>(
  of: Words<Name>,
): (code: string | null | undefined) => string {
  const t = useText(of);
  return (code) => (code == null ? "–" : isWord(of, code) ? t(code) : code);
}
