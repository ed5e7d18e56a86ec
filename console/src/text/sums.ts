import { outcomes } from "./codes";
import { isWord, type Translate, useText, words } from "./words";

/** Sums of a closed month, as `figure` of a correction names them. */
export const sums = words("sums", {
  calls: ["通话", "Calls"],
  dialled: ["外呼", "Dialled"],
  answered_person: ["本人接听", "Answered by a person"],
  answered_machine: ["语音信箱接听", "Answered by a machine"],
  talks: ["接通", "Talks"],
  talk_ms: ["通话时长", "Talk time"],
  callers: ["来电", "Callers"],
  served: ["已接来电", "Served"],
  answer_ms: ["接听等待时长", "Time to answer"],
  lost: ["漏接来电", "Lost"],
  called_back: ["已回拨", "Called back"],
  called_back_own: ["由原经理回拨", "Called back by the same manager"],
  came_back: ["客户再次来电", "Called again by themselves"],
  unreached: ["外呼未接通", "Unreached"],
  recovered: ["回拨找回", "Recovered"],
  told: ["已提交结果", "Results told"],
  told_api: ["页面提交结果", "Told on the page or by a program"],
  told_keypad: ["按键提交结果", "Told by keypad"],
  told_sms: ["短信提交结果", "Told by short message"],
  told_link: ["链接提交结果", "Told by link"],
  told_gateway: ["系统记录结果", "Noted by the gateway"],
  told_ms: ["提交结果用时", "Time to the result"],
  surveyed: ["请客户评价", "Surveyed"],
  survey_answered: ["客户已评价", "Survey answered"],
  satisfaction_1: ["满意度 1 分", "Satisfaction 1"],
  satisfaction_2: ["满意度 2 分", "Satisfaction 2"],
  satisfaction_3: ["满意度 3 分", "Satisfaction 3"],
  satisfaction_4: ["满意度 4 分", "Satisfaction 4"],
  satisfaction_5: ["满意度 5 分", "Satisfaction 5"],
  solved_yes: ["客户称已解决", "Solved"],
  solved_no: ["客户称未解决", "Not solved"],
  checked: ["已自动质检", "Checked"],
  score_milli: ["质检得分合计（千分之一分）", "Points of checks, in thousandths"],
  faulty: ["有问题通话", "Talks with faults"],
  fault_statement_missing: ["漏说", "Statements missing"],
  fault_statement_unsure: ["疑似已说", "Statements unsure"],
  fault_statement_late: ["说得太晚", "Statements late"],
  fault_statement_out_of_order: ["顺序错误", "Statements out of order"],
  fault_slot_wrong: ["内容说错", "Wrong contents"],
  fault_assent_missing: ["客户未明确同意", "Assents missing"],
  fault_assent_overrun: ["未等客户同意", "Assents overrun"],
  fault_phrase_forbidden: ["服务忌语", "Forbidden phrases"],
  fault_phrase_unsure: ["疑似忌语", "Phrases unsure"],
  fault_notice_missing: ["未告知录音", "Notices missing"],
  fault_measure: ["指标超限", "Measures out of bounds"],
  reviewed: ["人工复核", "Reviews with points"],
  share_milli: ["复核得分率合计（千分之一）", "Shares of review points, in thousandths"],
  appealed: ["申诉", "Appeals"],
  upheld: ["申诉成立", "Appeals upheld"],
  given: ["下达任务", "Tasks given"],
  still_open: ["未办结任务", "Tasks still open"],
  done: ["已办结任务", "Tasks done"],
  cancelled: ["已取消任务", "Tasks cancelled"],
  overdue: ["逾期任务", "Tasks overdue"],
  done_late: ["逾期办结任务", "Tasks done late"],
  tried: ["已拨打任务", "Tasks tried"],
  attempts: ["拨打次数", "Attempts"],
  contacted: ["已联系任务", "Tasks with a contact"],
  contact_ms: ["首次联系用时", "Time to the first contact"],
  results: ["任务结果", "Results of tasks"],
  result_api: ["页面提交的任务结果", "Results on the page or by a program"],
  result_keypad: ["按键提交的任务结果", "Results by keypad"],
  result_sms: ["短信提交的任务结果", "Results by short message"],
  result_link: ["链接提交的任务结果", "Results by link"],
  result_gateway: ["系统记录的任务结果", "Results noted by the gateway"],
  reason_vacant_number: ["未接通：空号", "Unreached: vacant number"],
  reason_powered_off: ["未接通：已关机", "Unreached: powered off"],
  reason_suspended: ["未接通：已停机", "Unreached: suspended"],
  reason_busy: ["未接通：忙", "Unreached: busy"],
  reason_no_answer: ["未接通：无人接听", "Unreached: no answer"],
  reason_not_reachable: ["未接通：不在服务区", "Unreached: not reachable"],
  reason_call_reminder: ["未接通：来电提醒", "Unreached: call reminder"],
  reason_barred: ["未接通：限制呼入", "Unreached: barred"],
  reason_congestion: ["未接通：网络忙", "Unreached: congestion"],
  reason_declined: ["未接通：拒接", "Unreached: declined"],
  reason_voicemail: ["未接通：语音信箱", "Unreached: voicemail"],
});

const frames = words("sums-frames", {
  outcome: ["结果：{{outcome}}", "Outcome: {{outcome}}"],
  span: ["{{sum}}（第 {{place}} 档）", "{{sum}} (class {{place}})"],
});

/** Spans of time are counted by classes, `talk_class_03`, besides their sum, `talk_ms`. */
const CLASS = /^(.+)_class_(\d\d)$/;

/** What a sum is called; the API's name where a later version has another. */
export function useSumName(): (figure: string) => string {
  const said = { sum: useText(sums), frame: useText(frames), outcome: useText(outcomes) };
  return (figure) => sumName(figure, said);
}

interface Said {
  sum: Translate<(typeof sums.names)[number]>;
  frame: Translate<(typeof frames.names)[number]>;
  outcome: Translate<(typeof outcomes.names)[number]>;
}

function sumName(figure: string, said: Said): string {
  if (isWord(sums, figure)) return said.sum(figure);
  const outcome = figure.replace(/^outcome_/, "");
  if (outcome !== figure && isWord(outcomes, outcome)) {
    return said.frame("outcome", { outcome: said.outcome(outcome) });
  }
  const [, of, place] = CLASS.exec(figure) ?? [];
  const span = `${of}_ms`;
  return isWord(sums, span)
    ? said.frame("span", { sum: said.sum(span), place: Number(place) + 1 })
    : figure;
}
