/** Where the answers of the area's requests are kept; each begins with "county". */
export const keys = {
  hotlines: ["county", "hotlines"],
  presence: ["county", "presence"],
  liveCalls: ["county", "live-calls"],
  queues: ["county", "queues"],
  results: ["county", "results"],
  today: (day: string, groupId: string | null) => ["county", "today", day, groupId],
  months: ["county", "months"],
  corrections: (month: string) => ["county", "months", month],
  call: (id: string) => ["county", "call", id],
  callEvents: (id: string) => ["county", "call", id, "events"],
  calls: (query: object) => ["county", "calls", query],
  tasks: (query: object) => ["county", "tasks", query],
  task: (id: string) => ["county", "task", id],
  report: (kind: string, query: object) => ["county", "report", kind, query],
} as const;
