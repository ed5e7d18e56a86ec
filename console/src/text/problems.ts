import type { Schema } from "../api/client";
import { type Word, words } from "./words";

/** Codes of refusals that the API documents; `text/problems` has a word for each. */
export type ProblemCode = Schema<"ProblemView">["code"];

/** `unreachable`: nothing answered; `other`: a code of a later version, with the API's sentence. */
type OwnCode = "unreachable" | "other";

const table = {
  "bad-request": [
    "请求无法识别，请刷新页面后再试。",
    "The request could not be read. Reload the page and try again.",
  ],
  unauthenticated: ["登录已过期，请重新登录。", "The session has ended: log in again."],
  "login-failed": ["账号、密码或验证码不正确。", "Login, password or code is wrong."],
  "second-factor-needed": ["请输入验证码。", "Enter the code of your second factor."],
  forbidden: ["您可以查看，但无权修改。", "You may see this, but not change it."],
  csrf: ["页面已失效，请刷新后再试。", "This page is no longer valid. Reload it and try again."],
  "password-change-needed": ["请先修改密码。", "Choose a password of your own first."],
  "second-factor-missing": ["请先开启两步验证。", "Set up a second factor first."],
  "oidc-refused": [
    "单位账号登录未通过：此账号不能登录本系统，请联系管理员。",
    "Your organisation's account may not log in here. Ask an administrator.",
  ],
  "oidc-expired": [
    "登录已超时或在别处发起，请重新点击“单位账号登录”。",
    "That log-in took too long or began elsewhere. Begin it again.",
  ],
  "oidc-unavailable": [
    "单位账号登录暂不可用，请稍后再试，或用密码登录。",
    "Your organisation's log-in does not answer. Try again later, or use a password.",
  ],
  "wrong-password": ["密码不正确。", "The password is wrong."],
  "do-not-call": ["该客户要求免打扰，不能拨打。", "This customer asked not to be called."],
  "prefix-not-allowed": ["该号码段不允许拨打。", "Numbers of this kind may not be called."],
  "emergency-number": [
    "紧急号码不能由系统拨打。",
    "Emergency numbers are never dialled from here.",
  ],
  "own-call": ["不能评审或裁定自己的通话。", "Nobody reviews or judges the own call."],
  "same-reviewer": [
    "您已评过这通录音，需由另一人评审。",
    "You have scored this talk already: somebody else must.",
  ],
  "not-the-reviewer": ["这项评审由他人负责。", "This review is somebody else's."],
  "not-your-call": [
    "只有通话的经理本人可以申诉。",
    "Only the manager whose call it was may appeal.",
  ],
  "appeal-too-late": ["已超过申诉期限。", "The time for an appeal is over."],
  "scorer-decides": [
    "申诉须由评分人以外的人裁定。",
    "Somebody other than the scorer decides an appeal.",
  ],
  "not-found": [
    "没有这项内容，或您无权查看。",
    "There is no such thing, or none that you may see.",
  ],
  "method-not-allowed": [
    "此处不支持这项操作，请刷新页面后再试。",
    "This can't be done here. Reload the page and try again.",
  ],
  "not-acceptable": ["没有所要的格式。", "It is not available in that form."],
  "too-slow": [
    "请求超时，请检查网络后重试。",
    "The request took too long. Check the network and try again.",
  ],
  "task-closed": ["该任务已办结或已取消。", "The task is done or cancelled already."],
  "contact-missing": [
    "尚未与客户通话，不能办结。",
    "Nobody has talked with the customer yet, so it can't be closed.",
  ],
  "exception-needed": ["已超过办结时限，请填写说明。", "It is past its time: please say why."],
  "customer-unknown": ["任务的号码不属于任何客户。", "The task's number is no customer's."],
  "nobody-responsible": [
    "任务还没有负责的经理，请先分派。",
    "The task is nobody's: give it to a manager first.",
  ],
  "assignment-changed": [
    "预览之后任务或经理有变化，请重新预览。",
    "Tasks or managers have changed since the preview. Preview again.",
  ],
  "handover-state": ["移交已切换或已结束。", "The handover has switched or is over."],
  "review-state": [
    "评审当前的状态不能这样操作，请刷新。",
    "The review is not at the stage for this. Reload.",
  ],
  "review-final": ["评审已定稿，不能再改。", "The review is final: nothing of it changes."],
  "appeal-open": ["经理仍可申诉，暂不能结束。", "The manager may still appeal: close it later."],
  "sample-outdated": [
    "其中有录音已被别的样本抽走，请重新抽样。",
    "Another sample has some of the talks. Draw again.",
  ],
  conflict: ["内容已变化，请刷新后再试。", "It has changed meanwhile. Reload and try again."],
  "already-exists": ["已有相同的记录。", "There is such a record already."],
  reference: [
    "有其他记录引用它，或所选的记录已不存在。",
    "Another record refers to it, or what it names is gone.",
  ],
  "own-account": [
    "不能停用自己的账号或修改自己的角色。",
    "Nobody takes the own account away, or changes its role.",
  ],
  "no-password": [
    "您通过单位账号登录，没有密码可改。",
    "You log in with your organisation: there is no password to change.",
  ],
  "second-factor-state": [
    "两步验证的状态已变化，请刷新后再试。",
    "Your second factor has changed meanwhile. Reload and try again.",
  ],
  "manager-busy": ["经理正在通话中。", "The manager is in a call."],
  "group-full": [
    "本组同时通话数已满，请稍后再拨。",
    "The group has as many calls as allowed. Try again in a moment.",
  ],
  "idempotency-in-flight": [
    "上一次提交仍在处理，请稍候。",
    "What you sent before is still being worked on. Wait a moment.",
  ],
  "idempotency-mismatch": [
    "上一次提交可能已经成功，请先关闭并核对，再决定是否重新填写。",
    "What you sent before may have been done. Close this and look before you send it changed.",
  ],
  "secret-shown": [
    "已创建成功，但密钥或密码只显示一次，未能送达。请打开它，重新生成。",
    "It has been made, but its secret is shown only once and did not arrive. Open it and have another made.",
  ],
  "too-many-webhooks": ["Webhook 数量已达上限。", "There are as many webhooks as there may be."],
  "webhook-off": ["Webhook 已停用，请先启用。", "The webhook is switched off: switch it on first."],
  "replay-running": [
    "正在补发，请等它完成。",
    "Events are being sent again already: wait until that is done.",
  ],
  "too-many-schedules": ["定期报表数量已达上限。", "You have as many schedules as allowed."],
  "report-not-made": [
    "报表尚未生成，或无法生成。",
    "The report is not made yet, or can't be made.",
  ],
  "export-not-ready": [
    "导出包尚未完成，或已清除。",
    "The archive is not finished, or has been removed.",
  ],
  "export-elsewhere": [
    "导出包在另一个节点上，请到该节点下载。",
    "The archive lies on another node: fetch it there.",
  ],
  "call-elsewhere": [
    "通话在另一个节点上，无法从这里操作。",
    "The call runs on another node, which can't be reached from here.",
  ],
  "call-running": [
    "通话在另一个节点上进行，请稍后再试。",
    "The call runs on another node. Try again in a moment.",
  ],
  "call-gone": ["该通话记录已被删除。", "The call has been deleted meanwhile."],
  "not-recording": ["这通电话没有在录音。", "Nothing is recorded of this call now."],
  "not-bridged": ["双方尚未接通，或通话已结束。", "The two do not talk with each other now."],
  "transfer-running": [
    "客户正在转接中，或正在三方通话。",
    "The customer is being handed on already, or three talk.",
  ],
  "not-consulting": ["当前没有正在咨询或转接的对象。", "Nobody is rung or asked just now."],
  "not-supported": ["暂不支持三方通话。", "Three can't talk in this call."],
  "same-manager": ["客户已由这位经理接待。", "That manager has the customer already."],
  "manager-away": ["该经理现在不接电话。", "That manager takes no calls now."],
  "nobody-there": ["该组现在无人接听。", "Nobody of the group takes calls now."],
  "too-many-transfers": ["转接次数已达上限。", "The customer was handed on as often as allowed."],
  "call-held": ["有一方正被保持，请先恢复通话。", "One of the two is on hold: go on first."],
  "disclosure-running": [
    "正在向客户播放告知内容。",
    "Statements are being played to the customer.",
  ],
  "dialling-running": ["经理已有一个正在进行的连续外呼。", "The manager works on a list already."],
  "dialling-stopped": [
    "连续外呼已停止，请重新开始。",
    "The dialling is stopped: begin another one.",
  ],
  "nothing-shown": ["当前没有可跳过的客户。", "No customer is shown who could be skipped."],
  "manager-gone": ["该经理已离职。", "The manager has left."],
  "recording-not-ready": ["录音尚未完成。", "The recording is not finished yet."],
  "recording-held": [
    "录音处于法律保全，不能删除。",
    "The recording is on legal hold and may not be deleted.",
  ],
  "recording-under-review": ["录音的评审尚未定稿。", "A review of the recording is not final yet."],
  expired: ["指令已过期，请重新操作。", "It came too late: do it again."],
  "recording-deleted": ["录音已被删除。", "The recording has been deleted."],
  "event-gone": ["该事件已归档。", "The event has been archived."],
  "export-withdrawn": [
    "导出包中有录音已被删除，不能再下载。",
    "A recording in the archive has been deleted since.",
  ],
  "precondition-failed": [
    "别人刚刚修改过，请刷新后再改。",
    "Somebody else has just changed it. Reload, then change it.",
  ],
  "revision-changed": [
    "别人刚刚修改过，请刷新后再改。",
    "Somebody else has just changed it. Reload, then change it.",
  ],
  "transcript-not-ready": ["转写尚未完成。", "The transcript is not finished yet."],
  "transcript-failed": ["转写失败，没有文字。", "There will be no transcript."],
  "too-large": ["内容过大，超出上限。", "It is larger than allowed."],
  "target-too-long": ["筛选条件过长，请减少一些。", "The filters are too long: use fewer."],
  "unsupported-media-type": ["不支持这种文件或格式。", "Files of this type can't be read."],
  "range-not-satisfiable": ["位置超出了录音长度。", "That lies outside the recording."],
  invalid: ["请检查填写的内容。", "Please check what was entered."],
  "rate-limited": [
    "操作太频繁，请 {{seconds}} 秒后再试。",
    {
      one: "Too many requests. Try again in a second.",
      other: "Too many requests. Try again in {{seconds}} seconds.",
    },
  ],
  "customer-rate": [
    "近期已多次拨打该客户，请稍后再拨。",
    "This customer was called often enough for now.",
  ],
  "quiet-hours": ["现在是免打扰时段，暂不能拨打。", "These are quiet hours: no calls now."],
  "too-many-streams": [
    "您打开的页面过多，请关闭一些。",
    "You have too many pages open: close some.",
  ],
  "login-locked": [
    "尝试次数过多，请 {{seconds}} 秒后再试。",
    {
      one: "Too many attempts. Try again in a second.",
      other: "Too many attempts. Try again in {{seconds}} seconds.",
    },
  ],
  "head-too-large": [
    "请求过大，请清除浏览器数据后再试。",
    "The request is too large. Clear the browser's data and try again.",
  ],
  "internal-error": [
    "系统出错，请记下请求编号并联系管理员。",
    "Something went wrong here. Note the request id and tell an administrator.",
  ],
  "recording-damaged": [
    "录音文件已损坏，与原始记录不符。",
    "The stored file is not what was recorded.",
  ],
  "key-missing": [
    "录音已加密，而本机没有密钥。",
    "The recording is encrypted, and its key is not here.",
  ],
  "storage-unavailable": [
    "录音存储暂不可用，请稍后再试。",
    "The storage of recordings is away for the moment. Try again.",
  ],
  "trunk-full": ["线路已满，请稍后再拨。", "All lines are busy. Try again in a moment."],
  "recording-unavailable": [
    "录音暂不可用，暂不能拨打。",
    "Recording is not available: no calls for the moment.",
  ],
  "store-unavailable": [
    "数据库暂时不可用，请稍后再试。",
    "The database is away for the moment. Try again.",
  ],
  "node-away": [
    "通话所在的节点没有应答，请稍后再试。",
    "The node that the call runs on does not answer. Try again.",
  ],
  "too-many-exports": [
    "等待中的导出过多，请稍后再试。",
    "Too many exports wait already. Try again later.",
  ],
  "too-many-imports": [
    "等待中的导入过多，请稍后再试。",
    "Too many imports wait already. Try again later.",
  ],
  overloaded: ["系统繁忙，请稍后再试。", "The system is busy. Try again in a moment."],
  "streams-full": [
    "在线页面已达上限，暂不能实时更新。",
    "Too many pages are open: this one is not updated live.",
  ],
  "too-many-connections": [
    "连接数已满，请稍后再试。",
    "Every connection is in use. Try again in a moment.",
  ],
  draining: [
    "系统正在维护，请稍后再试。",
    "The system is being maintained. Try again in a moment.",
  ],
  unreachable: [
    "连不上服务器，请检查网络后重试。",
    "The server can't be reached. Check the network and try again.",
  ],
  other: ["未能完成：{{detail}}", "Not done: {{detail}}"],
} as const satisfies Record<ProblemCode | OwnCode, Word>;

/** What went wrong, by the API's stable codes. One that is missing does not compile. */
export const problems = words("problems", table);
