/** Where the answers of the area's requests are kept; each begins with "county". */
export const keys = {
  groups: ["county", "groups"],
  hotlines: ["county", "hotlines"],
  managers: ["county", "managers"],
  presence: ["county", "presence"],
  liveCalls: ["county", "live-calls"],
  queues: ["county", "queues"],
  results: ["county", "results"],
  today: (day: string, groupId: string | null) => ["county", "today", day, groupId],
  call: (id: string) => ["county", "call", id],
  callEvents: (id: string) => ["county", "call", id, "events"],
  calls: (query: object) => ["county", "calls", query],
  tasks: (query: object) => ["county", "tasks", query],
  task: (id: string) => ["county", "task", id],
  report: (kind: string, query: object) => ["county", "report", kind, query],
} as const;
