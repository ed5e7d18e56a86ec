import { words } from "./words";

/** What is wrong, by the API's names of alerts; those of a trunk without its name. */
export const alertTitles = words("alert-title", {
  "store-away": ["数据库无法写入", "The database can't be written"],
  "recording-disk-full": ["录音磁盘已满", "No room for recordings"],
  "seal-key-unusable": ["存证签名密钥不可用", "The signing key can't be used"],
  "seal-key-lost": ["存证签名密钥丢失", "The signing key was lost"],
  "seal-chain-changed": ["存证链被改动", "The chain of seals was changed"],
  "recording-altered": ["录音被改动", "A recording was altered"],
  "recording-folder-hangs": ["录音目录没有响应", "The folder of recordings does not answer"],
  "assignment-failed": ["任务分派失败", "Tasks could not be assigned"],
  "plan-failed": ["计划生成失败", "A plan could not be made"],
  "handover-failed": ["客户移交失败", "A handover failed"],
  "trunk-down": ["线路中断", "A trunk is down"],
  "trunk-registration": ["线路注册失败", "A trunk is not registered"],
  "config-rejected": ["新配置未生效", "The new configuration was refused"],
  "certificate-ending": ["证书即将到期", "The certificate ends soon"],
  "holidays-unknown": ["缺少今年的节假日", "This year's holidays are unknown"],
  "pin-locked": ["PIN 输错过多，已锁定", "Too many wrong PINs"],
  "login-locked": ["登录失败过多，已锁定", "Too many failed logins"],
  overloaded: ["信令过载", "Overloaded"],
  "trunk-noise": ["线路发来大量异常消息", "A trunk sends nonsense"],
  "rtpengine-away": ["媒体引擎没有响应", "The sound engine does not answer"],
  "recording-storage-unavailable": ["录音存储不可用", "Storage of recordings is away"],
  "recording-key-missing": ["缺少录音密钥", "A key of recordings is missing"],
  "recording-key-file-unusable": ["录音密钥文件不可用", "The file of keys can't be used"],
  "recording-upload-failed": ["录音上传失败", "Recordings can't be uploaded"],
  "checks-failing": ["质检比对失败", "Talks can't be checked"],
  "delivery-away": ["推送进程未运行", "The delivery process is away"],
  "sms-away": ["短信进程未运行", "The sending process is away"],
  "sms-failing": ["短信通道拒绝发送", "Short messages are not taken"],
  "delivery-failing": ["事件推送出错", "Delivery of events fails"],
  "mqtt-away": ["MQTT 连接中断", "No connection to the broker"],
  "events-archive-held": ["旧事件未能归档", "Old events are held up"],
  "events-archive-failed": ["事件归档失败", "Events can't be archived"],
  "reports-behind": ["报表统计落后", "Reports are behind"],
  "retention-failed": ["过期清理失败", "Old records can't be deleted"],
  "mail-failing": ["报表邮件发送失败", "Mails of reports are not taken"],
  "report-failed": ["定时报表失败", "A scheduled report failed"],
  "webhook-off": ["Webhook 已停用", "A webhook is off"],
  "webhook-failing": ["Webhook 推送失败", "A webhook fails"],
  "model-missing": ["缺少语音模型", "The speech model is missing"],
});

/** What mends it. */
export const alertMends = words("alert-mend", {
  "store-away": [
    "恢复数据库即可；其间的记录会自动补写。",
    "Bring the database back; what happened meanwhile is written by itself.",
  ],
  "recording-disk-full": ["清理录音存储空间。", "Make room where recordings are stored."],
  "seal-key-unusable": [
    "从备份恢复数据目录下的 keys 文件夹。",
    "Restore the folder keys of the data directory from the backup.",
  ],
  "seal-key-lost": [
    "从备份恢复数据目录下的 keys 文件夹，或把新公钥交给核验方；然后删除 keys/seal-key-lost.alert。",
    "Restore the folder keys, or give the new public key to those who check; then remove keys/seal-key-lost.alert.",
  ],
  "seal-chain-changed": [
    "运行 voicegw recordings verify 核对；如恢复过旧数据库，见存证文档。",
    "Run voicegw recordings verify; after a restore of an older store see the page on integrity.",
  ],
  "recording-altered": [
    "运行 voicegw recordings verify 核对；查清后删除数据目录下的 keys/recording-altered.alert。",
    "Run voicegw recordings verify; once cleared up, remove keys/recording-altered.alert from the data directory.",
  ],
  "recording-folder-hangs": [
    "检查网络挂载；最好使用本地磁盘。",
    "Mend the mount; local disks are better.",
  ],
  "assignment-failed": [
    "查看分派记录中的原因，再分派一次；已分派的不受影响。",
    "See why among the assignments, then assign again: what was given stays given.",
  ],
  "plan-failed": [
    "查看计划运行记录中的原因，再生成一次。",
    "See the plan's runs, then run it again.",
  ],
  "handover-failed": ["查看移交记录中的原因，再移交一次。", "See the handovers, then ask again."],
  "trunk-down": [
    "联系运营商；如对方有意不应答 OPTIONS，把 options_s 设为 0。",
    "Ask the carrier; where it drops OPTIONS on purpose, set options_s to 0.",
  ],
  "trunk-registration": [
    "核对用户名和密码，或联系运营商。",
    "Correct username and password, or ask the carrier.",
  ],
  "config-rejected": [
    "按日志改正配置后重新加载；目前仍用旧配置。",
    "Correct what the log names and reload; the one before is in effect.",
  ],
  "certificate-ending": ["更换证书后重新加载。", "Renew it, then reload."],
  "holidays-unknown": [
    "更新 chinesecalendar，或在配置中写明节假日。",
    "Install a newer chinesecalendar, or name them in the configuration.",
  ],
  "pin-locked": [
    "在操作日志中查看 manager.pin-locked；稍后自动解除。",
    "See manager.pin-locked in the audit log; it ends by itself.",
  ],
  "login-locked": [
    "在用户页解锁，或等待自动解除；详情见操作日志。",
    "Unlock the user, or wait; the audit log says who.",
  ],
  overloaded: [
    "查明来源；必要时增加节点。新的呼叫暂被拒绝。",
    "Find out who sends so much; more nodes. New calls are refused.",
  ],
  "trunk-noise": ["联系运营商。", "Ask the carrier."],
  "rtpengine-away": ["启动 rtpengine。", "Start rtpengine."],
  "recording-storage-unavailable": [
    "检查挂载、写权限或对象存储；录音暂存在节点上。",
    "See to the mount, its rights or the bucket; recordings wait on the node.",
  ],
  "recording-key-missing": ["把密钥行补回密钥文件。", "Put the key's line back into the file."],
  "recording-key-file-unusable": [
    "恢复密钥文件，并设权限 600。",
    "Bring the file back, with mode 600.",
  ],
  "recording-upload-failed": [
    "运行 voicegw recordings verify 找出文件，从备份恢复。",
    "voicegw recordings verify names them; bring them back from a backup.",
  ],
  "checks-failing": [
    "查看日志，再对录音重新质检。",
    "See the log, then check the recording again.",
  ],
  "delivery-away": ["会自动重启；原因见日志。", "It is started again by itself; the log says why."],
  "sms-away": ["会自动重启；原因见日志。", "It is started again by itself; the log says why."],
  "sms-failing": [
    "运行 voicegw check，或联系短信服务商；401、403 多为密钥问题。",
    "voicegw check, or ask the provider; 401 and 403 mean the key.",
  ],
  "delivery-failing": ["请上报日志中的错误。", "Report the traceback in the log."],
  "mqtt-away": [
    "启动消息服务器，核对账号、证书和访问规则。",
    "Start the broker; correct login, certificates or its rules.",
  ],
  "events-archive-held": [
    "修复消息服务器或接收方；数据库会持续增大。",
    "Mend the broker or receiver; the store grows meanwhile.",
  ],
  "events-archive-failed": [
    "清理空间或修复权限；会自动重试。",
    "Make room or mend rights; tried again by itself.",
  ],
  "reports-behind": [
    "会自动重试；报表注明了统计截止时间。",
    "Tried again by itself; reports say until when they count.",
  ],
  "retention-failed": ["查看日志；次日自动重试。", "The log says why; tried again the next day."],
  "mail-failing": ["核对邮件服务器、账号与地址。", "See to server, login and address."],
  "report-failed": ["在报表文件中查看失败原因。", "The file's entry says which place failed."],
  "webhook-off": [
    "接收方返回 410；修复后重新启用，再补发。",
    "The receiver answered 410: mend it, switch it on, replay.",
  ],
  "webhook-failing": ["修复接收方，然后补发。", "Mend the receiver, then replay."],
  "model-missing": ["运行 voicegw models pull 下载模型。", "Run voicegw models pull."],
});
