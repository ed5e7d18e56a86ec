/** Where what the server said of the manager's work stands in the cache. */
export const keys = {
  all: ["manager"] as const,
  me: ["manager", "me"] as const,
  calls: ["manager", "calls"] as const,
  tasks: ["manager", "tasks"] as const,
  openTasks: ["manager", "tasks", "open"] as const,
  next: ["manager", "tasks", "next"] as const,
  types: ["manager", "types"] as const,
  figures: ["manager", "figures"] as const,
  dialling: ["manager", "dialling"] as const,
  customers: ["manager", "customer"] as const,
  customer: (id: string) => ["manager", "customer", id] as const,
  customerCalls: (id: string) => ["manager", "customer", id, "calls"] as const,
  customerTasks: (id: string) => ["manager", "customer", id, "tasks"] as const,
  recording: (id: string) => ["manager", "recording", id] as const,
  transcript: (id: string) => ["manager", "recording", id, "transcript"] as const,
  peaks: (id: string) => ["manager", "recording", id, "peaks"] as const,
  /** Of the mutation that starts a call. */
  dial: ["manager", "dial"] as const,
  /** Of the mutation that tells a result. */
  tell: ["manager", "tell"] as const,
};
