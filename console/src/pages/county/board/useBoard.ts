import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { api, dataOf, type Schema } from "../../../api/client";
import { useLive } from "../../../api/live";
import { addDays, dayIn, monthStart } from "../days";
import { keys } from "../keys";
import { readReport } from "../reports/read";

type Figures = Schema<"ReportView">["totals"];
type Queue = Schema<"QueueView">;

/** What the day's figures are made of. */
const COUNTED = [
  "call.ended",
  "disposition.received",
  "task.created",
  "task.completed",
  "task.cancelled",
  "task.overdue",
] as const;
/** What changes who waits. */
const QUEUED = ["call.step", "call.ended", "call.bridged"] as const;
const SOON_MS = 2_000;
const SELDOM_MS = 60_000;
/** Tasks older than this are in no count of what is overdue. */
const OPEN_MONTHS = 3;

export interface Today {
  day: string;
  /** Of the day's calls. */
  calls: Figures | undefined;
  /** Of the tasks that were given today. */
  tasks: Figures | undefined;
  /** Open tasks of the last months whose time has passed. */
  overdue: number | null;
  overdueFrom: string;
}

/**
 * The day's figures. They are sums that the node keeps; they are asked for anew only after
 * something happened that they count, and until that is in them.
 */
export function useToday(timeZone: string, groupId: string | null): Today {
  const day = dayIn(new Date(), timeZone);
  const overdueFrom = monthStart(day, -OPEN_MONTHS);
  const changedAt = useRef(0);
  useLive(COUNTED, ({ time }) => {
    // By the node's clock, as `as_of` is: that of this computer may be wrong.
    changedAt.current = Date.parse(time);
  });
  const { data } = useQuery({
    queryKey: keys.today(day, groupId),
    queryFn: async () => {
      const until = addDays(day, 1);
      const group = groupId === null ? {} : { group_id: groupId };
      const [calls, tasks, open] = await Promise.all([
        readReport("activity", { from: day, until, by: ["day"], ...group }),
        readReport("tasks", { from: day, until, by: ["day"], ...group }),
        readReport("tasks", { from: overdueFrom, until, by: ["month"], ...group }),
      ]);
      return { calls, tasks, open };
    },
    refetchInterval: ({ state }) => {
      const asOf = state.data?.calls.as_of ?? state.data?.tasks.as_of;
      return asOf == null || Date.parse(asOf) < changedAt.current ? SOON_MS : SELDOM_MS;
    },
    staleTime: SOON_MS,
  });
  return {
    day,
    calls: data?.calls.totals,
    tasks: data?.tasks.totals,
    overdue: data?.open.totals.overdue ?? null,
    overdueFrom,
  };
}

/** The queues of callers, as they are now. */
export function useQueues(): readonly Queue[] {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const { data } = useQuery({
    queryKey: keys.queues,
    queryFn: () => dataOf(api.GET("/v1/queues")),
    refetchInterval: 15_000,
  });
  useLive(QUEUED, () => {
    // However many events come, the list is read once a second at most.
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void client.invalidateQueries({ queryKey: keys.queues });
    }, 1_000);
  });
  return data?.items ?? [];
}

/** Every manager and what the node last said of them. */
export function usePresence() {
  return useQuery({
    queryKey: keys.presence,
    queryFn: () => dataOf(api.GET("/v1/managers/presence")),
    // Of absences and hours no event tells.
    refetchInterval: SELDOM_MS,
  });
}
