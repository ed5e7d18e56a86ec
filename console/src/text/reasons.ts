import { words } from "./words";

/** Why a call ended otherwise than by its people, or was refused. */
export const callFailures = words("reasons-call", {
  "node-restarted": ["网关重启，通话中断", "The gateway was restarted in mid-call"],
  "media-lost": ["语音处理中断", "The process that carried the sound was lost"],
  "media-full": ["没有可用的语音通道", "No place was free for its sound"],
  "media-error": ["语音处理出错", "The sound failed"],
  "recording-error": ["无法录音", "It could not be recorded"],
  "no-common-codec": ["双方语音格式不兼容", "No codec that both sides have"],
  "sdp-unusable": ["对方的语音参数无法使用", "The other side's description can't be used"],
  "srtp-needs-tls": ["要求加密语音，但信令未加密", "Encrypted sound needs encrypted signalling"],
  "no-sound": ["长时间没有声音", "No sound came any more"],
  "max-talk": ["达到最长通话时间", "The longest time of a talk was reached"],
  "transfer-failed": ["转接后无人接听", "Handed on, and nobody took over"],
  "nothing-dialled": ["没有输入号码", "No number was entered"],
  "unknown-customer": ["没有这位客户", "There is no such customer"],
  "dial-limit": ["拨打次数达到上限", "Dialled as often as allowed"],
  "pin-locked": ["密码错误次数过多，已锁定", "Locked after too many wrong PINs"],
  "do-not-call": ["客户要求免打扰", "The customer asked not to be called"],
  "prefix-not-allowed": ["该号码段不允许拨打", "Numbers of this kind may not be called"],
  "emergency-number": ["紧急号码不能拨打", "Emergency numbers are not dialled"],
  "quiet-hours": ["当时不允许外呼", "No calls at that time of day"],
  "customer-rate": ["该客户已拨打多次", "The customer was called often enough"],
  "manager-busy": ["经理通话数已达上限", "The manager had as many calls as allowed"],
  "group-full": ["本组通话数已达上限", "The group had as many calls as allowed"],
  "trunk-full": ["线路已满", "Every trunk was full"],
  "recording-unavailable": ["无法录音", "It could not be recorded"],
  "store-unavailable": ["数据库不可用", "The database could not be reached"],
  draining: ["节点正在停止", "The node was about to stop"],
  overloaded: ["节点繁忙", "The node had more to do than it can"],
  "internal-error": ["程序出错", "A fault of the gateway"],
});

/** Why there is no recording, or not all of one. */
export const recordingReasons = words("reasons-recording", {
  "packets-lost": ["磁盘已满或太慢，缺少一部分", "The disk was full or too slow for some of it"],
  "tail-missing": ["录音未正常结束，可能缺少最后半秒", "Its last half second may be missing"],
  "partly-damaged": ["部分数据损坏，已略去", "Parts can't be read and are left out"],
  "no-sound": ["没有收到声音", "No sound came"],
  "not-bridged": ["双方没有通话", "There was no talk"],
  "capture-refused": ["无法开始录音", "The capture could not be begun"],
  "spool-missing": ["原始数据丢失", "What was captured is gone"],
  "spool-damaged": ["原始数据损坏", "What was captured is damaged"],
  "bad-recording-id": ["录音编号无效", "Its id can't be one"],
  "finisher-crashed": ["制作录音的程序意外退出", "The program that makes recordings has crashed"],
  "finisher-error": ["制作录音时出错", "The program that makes recordings has failed"],
});

/** Why something that is made in the background was not made. */
export const workFailures = words("reasons-work", {
  "recording-damaged": ["录音文件损坏", "The recording is damaged"],
  "recording-deleted": ["录音已删除", "The recording has been deleted"],
  "transcriber-died": ["识别程序意外退出", "The recogniser has crashed"],
  "transcriber-fault": ["识别程序出错", "The recogniser has failed"],
  "not-found": ["内容已不存在", "It is not there any more"],
  "attempts-used-up": ["多次尝试均未成功", "Tried as often as it may be"],
  "plan-interrupted": ["中途被打断", "It was interrupted"],
  interrupted: ["节点停止，未能完成，请重新执行", "The node ended before it was done: do it again"],
  "internal-error": ["程序出错，请联系管理员", "A fault of the gateway: ask an administrator"],
  "store-unavailable": ["数据库不可用", "The database can't be reached"],
  "storage-unavailable": ["录音存储不可用", "The storage of recordings can't be reached"],
  "key-missing": ["缺少解密所需的密钥", "The key to decrypt it is not here"],
  expired: ["已过期", "It has expired"],
});

/** Why a message was not sent, or has not arrived; others are a provider's own. */
export const smsFailures = words("reasons-sms", {
  timeout: ["短信平台超时", "The provider took too long"],
  unreachable: ["无法连接短信平台", "The provider can't be reached"],
  "connection-lost": ["与短信平台的连接中断", "The connection to the provider was lost"],
  "answer-too-long": ["短信平台的应答过长", "The provider's answer is too long"],
  "answer-not-understood": ["看不懂短信平台的应答", "The provider's answer is not understood"],
  "not-understood": ["短信平台看不懂请求", "The provider has not understood it"],
  "refused-by-provider": ["短信平台拒绝发送", "The provider refuses it"],
  "file-unwritable": ["无法写入文件", "The file can't be written"],
  unsubscribed: ["对方已退订", "The receiver wants no messages"],
  undeliv: ["未能送达", "Could not be delivered"],
  rejectd: ["被拒收", "Rejected"],
  expired: ["超时未送达", "Not delivered in time"],
  deleted: ["已被短信中心删除", "Deleted by the message centre"],
  unknown: ["送达情况不明", "Nobody knows whether it has arrived"],
});
