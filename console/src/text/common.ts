import { words } from "./words";

/** Words that every area uses. */
export const common = words("common", {
  save: ["保存", "Save"],
  saved: ["已保存", "Saved"],
  cancel: ["取消", "Cancel"],
  close: ["关闭", "Close"],
  delete: ["删除", "Delete"],
  edit: ["编辑", "Edit"],
  add: ["新增", "Add"],
  back: ["返回", "Back"],
  next: ["下一步", "Next"],
  retry: ["重试", "Try again"],
  reload: ["重新加载", "Reload"],
  search: ["搜索", "Search"],
  loading: ["加载中…", "Loading…"],
  pending: ["正在处理", "Being done"],
  more: ["加载更多", "Load more"],
  all: ["全部", "All"],
  none: ["无", "None"],
  yes: ["是", "Yes"],
  no: ["否", "No"],
  copy: ["复制", "Copy"],
  copied: ["已复制", "Copied"],
  optional: ["选填", "optional"],
  required: ["必填", "Required"],
  details: ["详情", "Details"],
  rows: ["共 {{count}} 条", { one: "{{count}} row", other: "{{count}} rows" }],
  requestId: ["请求编号", "Request id"],
  shortcut: ["快捷键", "Shortcut"],
});

/** What went wrong, by the API's stable codes; `other` for those that are not listed. */
export const problems = words("problems", {
  unauthenticated: ["登录已过期，请重新登录", "The session has ended: log in again"],
  unreachable: [
    "连不上服务器，请检查网络后重试。",
    "The server can't be reached. Check the network and try again.",
  ],
  "not-found": [
    "没有这项内容，或您无权查看。",
    "There is no such thing, or none that you may see.",
  ],
  forbidden: ["您可以查看，但无权修改。", "You may see this, but not change it."],
  conflict: ["内容已变化，请刷新后再试。", "It has changed meanwhile. Reload and try again."],
  "precondition-failed": [
    "别人刚刚修改过，请刷新后再改。",
    "Somebody else has just changed it. Reload, then change it.",
  ],
  "invalid-request": ["请检查标出的内容。", "Please check what is marked."],
  validation: ["请检查标出的内容。", "Please check what is marked."],
  "login-failed": ["账号、密码或验证码不正确。", "Login, password or code is wrong."],
  "wrong-password": ["密码不正确。", "The password is wrong."],
  "no-password": [
    "您通过单位账号登录，没有密码可改。",
    "You log in with your organisation: there is no password to change.",
  ],
  "second-factor-state": [
    "两步验证的状态已变化，请刷新后再试。",
    "Your second factor has changed meanwhile. Reload and try again.",
  ],
  "login-locked": [
    "尝试次数过多，请 {{seconds}} 秒后再试。",
    "Too many attempts. Try again in {{seconds}} seconds.",
  ],
  "second-factor-needed": ["请输入验证码。", "Enter the code of your second factor."],
  "rate-limited": ["操作太频繁，请稍后再试。", "Too many requests. Try again in a moment."],
  "store-unavailable": [
    "数据库暂时不可用，请稍后再试。",
    "The database is away for the moment. Try again.",
  ],
  overloaded: ["系统繁忙，请稍后再试。", "The system is busy. Try again in a moment."],
  "do-not-call": ["该客户要求免打扰，不能拨打。", "This customer asked not to be called."],
  "quiet-hours": ["现在是免打扰时段，暂不能拨打。", "These are quiet hours: no calls now."],
  "customer-rate": ["刚拨打过该客户，请稍后再拨。", "This customer was called a moment ago."],
  "manager-busy": ["您正在通话中。", "You are in a call."],
  "trunk-full": ["线路已满，请稍后再拨。", "All lines are busy. Try again in a moment."],
  "recording-unavailable": [
    "录音暂不可用，暂不能拨打。",
    "Recording is not available: no calls for the moment.",
  ],
  draining: [
    "系统正在维护，请稍后再拨。",
    "The system is being maintained. Try again in a moment.",
  ],
  "emergency-number": [
    "紧急号码不能由系统拨打。",
    "Emergency numbers are never dialled from here.",
  ],
  "prefix-not-allowed": ["该号码段不允许拨打。", "Numbers of this kind may not be called."],
  "task-closed": ["该任务已办结或已取消。", "The task is done or cancelled already."],
  "contact-missing": [
    "尚未与客户通话，不能办结。",
    "Nobody has talked with the customer yet, so it can't be closed.",
  ],
  "exception-needed": ["已超过办结时限，请填写说明。", "It is past its time: please say why."],
  other: ["未能完成：{{detail}}", "Not done: {{detail}}"],
});
