import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api, dataOf } from "../../../api/client";
import { live } from "../../../api/live";
import { type Problem, problemFrom } from "../../../api/problem";
import { keys } from "../keys";
import { applyCalls, type Call, isCall, LIVE_STATUSES } from "./live-calls";

const CALL_EVENTS = [
  "call.initiated",
  "call.ringing",
  "call.answered",
  "call.bridged",
  "call.held",
  "call.unheld",
  "call.step",
  "call.transferred",
  "call.ended",
] as const;
/** Read anew at times: an event that was lost for good must not stand on a wall for ever. */
const AGAIN_MS = 60_000;
/** How many changes are remembered for the next reading. */
const REMEMBERED = 2_000;

/**
 * The calls that go on now: read once, then kept by events. Events are taken up at most once a
 * frame, however many come.
 */
export function useLiveCalls(): {
  calls: readonly Call[];
  isPending: boolean;
  problem: Problem | null;
  retry(): void;
} {
  const client = useQueryClient();
  /** The newest state of each call that changed since the page is open. */
  const known = useRef(new Map<string, Call>());
  const query = useQuery({
    queryKey: keys.liveCalls,
    // What changed while the lists were read is newer than they are.
    queryFn: async () => applyCalls(await readLive(), known.current.values()),
    refetchInterval: AGAIN_MS,
  });
  useEffect(() => {
    const changes: Call[] = [];
    let frame = 0;
    const flush = (): void => {
      frame = 0;
      const taken = changes.splice(0);
      client.setQueryData<readonly Call[]>(keys.liveCalls, (calls) =>
        calls === undefined ? undefined : applyCalls(calls, taken),
      );
    };
    const off = live.on(CALL_EVENTS, ({ data }) => {
      if (!isCall(data)) return;
      remember(known.current, data);
      changes.push(data);
      frame ||= requestAnimationFrame(flush);
    });
    return () => {
      off();
      cancelAnimationFrame(frame);
    };
  }, [client]);
  return {
    calls: query.data ?? [],
    isPending: query.isPending,
    problem: problemFrom(query.error),
    retry: () => void query.refetch(),
  };
}

function remember(known: Map<string, Call>, call: Call): void {
  known.delete(call.id); // The one that changed last is the last to be forgotten.
  known.set(call.id, call);
  const oldest = known.size > REMEMBERED ? known.keys().next().value : undefined;
  if (oldest !== undefined) known.delete(oldest);
}

async function readLive(): Promise<readonly Call[]> {
  const lists = await Promise.all(LIVE_STATUSES.map(readStatus));
  const byId = new Map<string, Call>();
  for (const call of lists.flat()) {
    const other = byId.get(call.id);
    if (other === undefined || other.sequence < call.sequence) byId.set(call.id, call);
  }
  return [...byId.values()].sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
}

async function readStatus(status: (typeof LIVE_STATUSES)[number]): Promise<Call[]> {
  const calls: Call[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: Call[]; next_cursor: string | null } = await dataOf(
      api.GET("/v1/calls", {
        params: { query: { status, limit: 200, ...(cursor === null ? {} : { cursor }) } },
      }),
    );
    calls.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return calls;
}
