import { words } from "./words";

/** Words of archives: of many recordings, and of all that a matter has. */
export const exportText = words("review-export", {
  title: ["导出录音", "Export recordings"],
  detail: [
    "生成一个压缩包，号码一律脱敏；导出会记入审计日志。",
    "Makes an archive with masked numbers; that it was made is kept in the audit log.",
  ],
  contents: ["内容", "Contents"],
  master: ["原始录音", "Masters"],
  listening: ["收听副本", "Listening copies"],
  transcript: ["通话文字", "Transcripts"],
  "findings-file": ["检查发现", "Findings"],
  onlyRedacted: ["只导出遮蔽副本", "Redacted copies only"],
  begin: ["开始导出", "Begin"],
  running: ["已打包 {{count}} 条…", "{{count}} packed so far…"],
  queued: ["排队中…", "Waiting for its turn…"],
  done: [
    "已完成：{{count}} 条，{{size}}",
    { one: "Done: {{count}} recording, {{size}}", other: "Done: {{count}} recordings, {{size}}" },
  ],
  incomplete: [
    "其中 {{count}} 条不完整，见清单",
    {
      one: "{{count}} of them lacks something; see the manifest",
      other: "{{count}} of them lack something; see the manifest",
    },
  ],
  failed: ["导出失败：{{reason}}", "It has failed: {{reason}}"],
  download: ["下载", "Download"],
});
