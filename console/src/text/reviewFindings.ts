import { words } from "./words";

/** Kinds of findings and how bad they are, by the API's names. */
export const findingText = words("review-findings", {
  "statement-said": ["已说明", "Statement said"],
  "statement-missing": ["漏说", "Statement missing"],
  "statement-unsure": ["疑似已说", "Statement unsure"],
  "statement-late": ["说得太晚", "Statement late"],
  "statement-out-of-order": ["顺序错误", "Out of order"],
  "slot-wrong": ["内容说错", "Wrong content"],
  "assent-missing": ["客户未明确同意", "No clear yes"],
  "assent-overrun": ["未等客户同意", "Went on before the yes"],
  "phrase-forbidden": ["服务忌语", "Forbidden phrase"],
  "phrase-unsure": ["疑似忌语", "Phrase unsure"],
  "notice-missing": ["未告知录音", "Recording not announced"],
  measure: ["指标超限", "Measure out of bounds"],
  info: ["提示", "Information"],
  minor: ["轻微", "Minor"],
  major: ["重要", "Major"],
  critical: ["严重", "Critical"],
  duration_s: ["通话时长", "Length"],
  silence_s: ["静默时长", "Silence"],
  longest_silence_s: ["最长静默", "Longest silence"],
  hold_s: ["保持时长", "Hold"],
  overlap_s: ["重叠时长", "Overlap"],
  "manager.talk_share": ["经理说话占比", "Manager's share of talk"],
  "manager.interruptions": ["经理打断次数", "Manager's interruptions"],
  "manager.longest_monologue_s": ["经理最长独白", "Manager's longest monologue"],
  "manager.rate_per_min": ["经理语速", "Manager's rate"],
  "customer.talk_share": ["客户说话占比", "Customer's share of talk"],
  "customer.interruptions": ["客户打断次数", "Customer's interruptions"],
});

/** Why something was found, or how; values in it come with the finding. */
export const findingReasons = words("review-finding-reasons", {
  played: ["由系统播放", "Played by the gateway"],
  "played-assented": ["由系统播放，客户已按键确认", "Played by the gateway, assented by key"],
  "refused-by-key": ["客户按键拒绝，或没有按键", "Refused by a key, or left without one"],
  refused: ["客户拒绝", "Refused"],
  "not-understood": ["没有听清客户的回答", "An answer that was not understood"],
  late: [
    "开始 {{after_s}} 秒后才说，应在 {{within_s}} 秒以内",
    "{{after_s}} s after the beginning, not within {{within_s}} s",
  ],
  below: [
    "{{measure}}为 {{value}}，应不低于 {{limit}}",
    "{{measure}} is {{value}}, should be at least {{limit}}",
  ],
  above: [
    "{{measure}}为 {{value}}，应不高于 {{limit}}",
    "{{measure}} is {{value}}, should be at most {{limit}}",
  ],
  negation: ["意思相反", "It says the opposite"],
  denied: ["说了又否认", "It was denied"],
  asked: ["是在提问，不是说明", "It was asked, not said"],
  "taken-back": ["说了又收回", "It was taken back"],
  number: ["数字不符", "Another number"],
  "other-word": ["用词不同", "Another word"],
  person: ["人称不符", "You and I are mixed up"],
  slot: ["与任务中的姓名、产品或价格不符", "Another name, product or price than the task's"],
  alternative: [
    "转写文字中没有，见于识别的其他可能结果（可能性 {{likelihood}}）",
    "Not in the transcript, but in what else may have been heard (likelihood {{likelihood}})",
  ],
});
