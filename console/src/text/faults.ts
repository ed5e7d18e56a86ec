import type { Schema } from "../api/client";
import { isWord, type Word, words } from "./words";

/** Kinds of faults of fields that the API documents. */
export type FaultKind = Schema<"FieldProblemView">["kind"];

const table = {
  missing: ["请填写此项", "Please fill this in"],
  "missing:fields": ["至少填写一项：{{fields}}", "Give at least one of {{fields}}"],
  "unknown-field": ["没有此项", "There is no such field"],
  "unknown-field:allowed": [
    "没有此项，可用的有：{{allowed}}",
    "There is no such field; there are: {{allowed}}",
  ],
  "unknown-field:near": [
    "没有此项，是否应为 {{near}}？",
    "There is no such field; did you mean {{near}}?",
  ],
  "given-twice": ["重复填写", "Given more than once"],
  "wrong-type": ["类型不正确", "Another type of value is expected"],
  "not-a-number": ["请填写数字", "Must be a number"],
  "not-whole": ["请填写整数", "Must be a whole number"],
  "not-a-boolean": ["请填写是或否", "Must be yes or no"],
  "not-a-time": ["请填写正确的日期和时间", "Must be a date and time"],
  "not-a-day": ["请填写正确的日期，例如 2026-01-05", "Must be a date such as 2026-01-05"],
  "not-a-month": ["请填写月份，例如 2026-01", "Must be a month such as 2026-01"],
  "not-a-time-of-day": ["请填写时间，例如 07:30", "Must be a time of day such as 07:30"],
  "not-a-time-zone": [
    "没有这个时区，例如 Asia/Shanghai",
    "No such time zone; an example: Asia/Shanghai",
  ],
  "not-opening-hours": [
    "看不懂这个时间，例如：周一至周五 08:30-18:00",
    "Can't be read as hours; an example: Mo-Fr 08:30-18:00; PH off",
  ],
  "not-a-phone-number": ["不是有效的电话号码", "Not a telephone number"],
  "not-a-url": [
    "网址不正确，例如 https://example.com/events",
    "Must be a URL such as https://example.com/events",
  ],
  "https-needed": ["网址必须以 https:// 开头", "The URL must begin with https://"],
  "private-address": ["不能是内网地址", "The URL may not lead into a private network"],
  "holds-login": ["不能包含账号", "Must not hold a login"],
  characters: ["含有不能使用的字符", "Has characters that can't be used"],
  pattern: ["格式不正确", "Not of the form expected"],
  "pattern:example": [
    "格式不正确，例如 {{example}}",
    "Not of the form expected; an example: {{example}}",
  ],
  digits: ["请填写 {{min}} 到 {{max}} 位数字", "Must be {{min}} to {{max}} digits"],
  length: ["请填写 {{min}} 到 {{max}} 个字符", "Must have {{min}} to {{max}} characters"],
  "digits:exact": [
    "请填写 {{max}} 位数字",
    { one: "Must be {{max}} digit", other: "Must be {{max}} digits" },
  ],
  "length:exact": [
    "请填写 {{max}} 个字符",
    { one: "Must have {{max}} character", other: "Must have {{max}} characters" },
  ],
  "item-count:exact": [
    "请填写 {{max}} 项",
    { one: "Must be {{max}} item", other: "Must be {{max}} items" },
  ],
  "too-short": [
    "至少 {{min}} 个字符",
    { one: "At least {{min}} character", other: "At least {{min}} characters" },
  ],
  "too-long": [
    "最多 {{max}} 个字符",
    { one: "At most {{max}} character", other: "At most {{max}} characters" },
  ],
  "too-many-bytes": ["内容过大，最多 {{max}} 字节", "Too large: at most {{max}} bytes"],
  "too-deep": ["嵌套层次过多", "Nested too deeply"],
  "item-count": ["请填写 {{min}} 到 {{max}} 项", "Must be {{min}} to {{max}} items"],
  "too-few": ["至少 {{min}} 项", { one: "At least {{min}} item", other: "At least {{min}} items" }],
  "too-many": ["数量过多", "Too many"],
  "too-many:max": ["最多 {{max}} 项", "At most {{max}}"],
  "out-of-range": ["超出允许的范围", "Outside what is allowed"],
  "out-of-range:min": ["请填写 {{min}} 到 {{max}}", "Must be {{min}} to {{max}}"],
  "out-of-range:max_days": [
    "须在今后 {{max_days}} 天以内",
    { one: "Must be within the next day", other: "Must be within the next {{max_days}} days" },
  ],
  "too-small": ["太小", "Too small"],
  "too-small:min": ["不能小于 {{min}}", "Must be at least {{min}}"],
  "too-small:above": ["必须大于 {{above}}", "Must be more than {{above}}"],
  "too-small:other": ["不能小于“{{other}}”", "Must not be less than {{other}}"],
  "too-great": ["太大", "Too great"],
  "too-great:max": ["不能大于 {{max}}", "Must be at most {{max}}"],
  "too-great:below": ["必须小于 {{below}}", "Must be less than {{below}}"],
  "too-great:other": ["不能大于“{{other}}”", "Must not be more than {{other}}"],
  "too-great:max_days": [
    "时间跨度最多 {{max_days}} 天",
    { one: "A span of at most {{max_days}} day", other: "A span of at most {{max_days}} days" },
  ],
  "not-one-of": ["不在可选范围内", "Not one of what there is"],
  "not-one-of:near": [
    "没有这个选项，是否应为 {{near}}？",
    "There is no such one; did you mean {{near}}?",
  ],
  "not-one-of:allowed": ["只能是：{{allowed}}", "Must be one of {{allowed}}"],
  "not-found": ["不存在，或您无权使用", "There is none, or none that you may use"],
  "digits-lost": [
    "表格软件丢失了部分数字，请把该列设为文本",
    "The spreadsheet has lost digits: have the column written as text",
  ],
  taken: ["已被占用", "Taken already"],
  repeated: ["重复", "Is there twice"],
  "choose-one": ["以下只填一项：{{fields}}", "Give exactly one of {{fields}}"],
  "goes-with": ["须与“{{other}}”一起使用", "Goes with {{other}} only"],
  "not-with": ["不能与“{{other}}”同时使用", "Does not go with {{other}}"],
  "not-after": ["必须晚于“{{other}}”", "Must be later than {{other}}"],
  "in-past": ["必须是将来的时间", "Must be a time to come"],
  "in-future": ["不能是将来的时间", "Must not be a time to come"],
  "wrong-code": [
    "验证码不正确或已用过，请检查设备时间",
    "Not the present code, or used before; check the device's clock",
  ],
  "easy-to-guess": ["太容易被猜到，请换一个", "Too easy to guess: choose another"],
  unchanged: ["与现在的相同，请换一个", "Is the present one: choose another"],
  "own-self": ["不能是自己", "Can't be itself"],
  "not-active": ["已停用、已离开或不可用", "Is away, over or out of use"],
  "not-allowed": ["不允许：超出权限或系统设置", "Not allowed by role or configuration"],
  mismatch: ["与其他内容不符", "Does not fit the rest"],
  unreadable: ["无法读取", "Can't be read"],
  "not-yaml": [
    "写法不正确，请检查缩进、冒号和引号",
    "Can't be read: mind indents, colons and quotation marks",
  ],
  alias: ["不能用 *名称 代替，请写出完整内容", "No names (*name) for other parts: write it out"],
  "no-such-step": [
    "没有步骤 {{name}}，请添加或改用其他步骤",
    "There is no step {{name}}: add it, or name another",
  ],
  "no-such-step:near": [
    "没有步骤 {{name}}，是否应为 {{near}}？",
    "There is no step {{name}}; did you mean {{near}}?",
  ],
  "no-such-prompt": [
    "没有提示音 {{name}}（{{languages}}），请录制或改用其他提示音",
    "There is no prompt {{name}} in {{languages}}: record it, or name another",
  ],
  "no-such-variable": [
    "没有变量 {{name}}，请在 variables 中添加",
    "There is no variable {{name}}: add it to variables",
  ],
  "no-such-variable:near": [
    "没有变量 {{name}}，是否应为 {{near}}？",
    "There is no variable {{name}}; did you mean {{near}}?",
  ],
  unreachable: [
    "没有步骤通向这里，请引到这里或删除",
    "No step leads here: lead to it, or remove it",
  ],
  endless: [
    "来电者不按键就会一直循环：{{way}}。请让其中一步通向结束",
    "Goes round without a key being pressed: {{way}}. Lead one of them to an end",
  ],
  "no-ending": [
    "没有步骤结束通话，请加上 hang_up、voicemail 或 route（to: plan）",
    "No step ends the call: add hang_up, voicemail, or route to the plan",
  ],
  "nothing-heard": ["其中听不到声音", "Nothing can be heard in it"],
  "lasts-too-long": [
    "最长 {{max_s}} 秒",
    { one: "At most {{max_s}} second long", other: "At most {{max_s}} seconds long" },
  ],
  "took-too-long": [
    "超过 {{max_s}} 秒未完成，已放弃",
    { one: "Given up after {{max_s}} second", other: "Given up after {{max_s}} seconds" },
  ],
  "program-failed": [
    "程序 {{program}} 无法运行或未能完成",
    "The program {{program}} can't be run, or did not finish",
  ],
  "program-failed:code": [
    "程序 {{program}} 出错退出（代码 {{code}}）",
    "The program {{program}} failed with code {{code}}",
  ],
  interrupted: ["中途被打断，请重新执行", "It was interrupted: do it again"],
} as const satisfies Record<Exclude<FaultKind, "other">, Word> & Record<string, Word>;

/**
 * What is wrong with a field, by the API's stable kinds; a name behind a colon is for where that
 * value comes along, `exact` where the least is the most. One that is missing does not compile. `other` has none: the API's sentence
 * stands.
 */
export const faults = words("faults", table);

/** What the API calls the fields that faults of others name. */
export const fieldNames = words("field-names", {
  above: ["上限以上", "above"],
  aor: ["话机账号", "telephone address"],
  after: ["起始事件", "first event"],
  at_least: ["下限", "least"],
  at_most: ["上限", "most"],
  call_again_at: ["再次联系时间", "time to call again"],
  call_ids: ["通话", "calls"],
  caller: ["来电号码", "caller"],
  capacity_per_day: ["每日上限", "capacity per day"],
  code: ["结果", "result"],
  count: ["数量", "count"],
  customer: ["客户", "customer"],
  customer_external_id: ["客户外部编号", "customer's external id"],
  customer_id: ["客户", "customer"],
  customer_number: ["客户号码", "customer's number"],
  day: ["按日", "by day"],
  day_from: ["开始时间", "first hour"],
  dial: ["外呼", "call"],
  fall_percent: ["下降百分比", "fall in percent"],
  filter: ["筛选条件", "filter"],
  findings: ["质检发现", "findings"],
  from: ["开始", "from"],
  group_external_id: ["组织外部编号", "group's external id"],
  group_id: ["组织", "group"],
  handover_id: ["移交", "handover"],
  kind: ["类型", "kind"],
  "line-of-text": ["第 {{line}} 行", "line {{line}}"],
  manager_external_id: ["经理外部编号", "manager's external id"],
  manager_id: ["经理", "manager"],
  manager_ids: ["经理", "managers"],
  max_s: ["最长", "longest"],
  measure: ["指标", "measure"],
  month: ["按月", "by month"],
  most: ["总次数", "most"],
  name: ["名称", "name"],
  number: ["号码", "number"],
  owner_external_id: ["经理外部编号", "owner's external id"],
  owner_id: ["负责经理", "owner"],
  per_manager: ["每位经理", "per manager"],
  recording_id: ["录音", "recording"],
  role: ["角色", "role"],
  rule: ["规则", "rule"],
  script_id: ["脚本", "script"],
  segments: ["文字", "segments"],
  share: ["比例", "share"],
  short_code: ["短号", "short code"],
  start_s: ["开始位置", "beginning"],
  statements: ["语句", "statements"],
  task_id: ["任务", "task"],
  task_ids: ["任务", "tasks"],
  type: ["任务类型", "type of task"],
  until: ["结束", "until"],
  week: ["按周", "by week"],
});

/** The values that come with a fault, such as limits, by name. */
export type FaultParams = Readonly<Record<string, string | number>>;

/** Which word says a kind of fault, with the values it came with; null for one that has none. */
export function faultWord(kind: string, params: FaultParams) {
  const isExact = params.min !== undefined && params.min === params.max;
  const names = [
    ...(isExact ? [`${kind}:exact`] : []),
    ...Object.keys(params).map((param) => `${kind}:${param}`),
    kind,
  ];
  return names.find((name) => isWord(faults, name)) ?? null;
}
