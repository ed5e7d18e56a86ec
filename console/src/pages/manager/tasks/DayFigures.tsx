import { today } from "@internationalized/date";
import { useQuery } from "@tanstack/react-query";
import { api, dataOf } from "../../../api/client";
import { dayText } from "../../../text/manager";
import { useText } from "../../../text/words";
import { keys } from "../keys";
import { useManagerId, useZone, useZoned } from "../useMe";
import styles from "./DayFigures.module.css";

/** The own figures: small, for oneself. Those of the group are the county manager's. */
export function DayFigures() {
  const t = useText(dayText);
  const format = useZoned();
  const { data } = useFigures();
  const shown = [
    { label: t("todayDialled"), name: "dialled", write: format.number },
    { label: t("todayRate"), name: "connect_rate", write: format.percent },
    { label: t("todayDone"), name: "done", write: format.number },
    { label: t("monthFeedback"), name: "feedback_rate", write: format.percent },
  ];
  return (
    <dl className={styles.figures}>
      {shown.map(({ label, name, write }) => (
        <div key={name} className={styles.figure}>
          <dt>{label}</dt>
          <dd>{data !== undefined && write(numberOf(data[name]))}</dd>
        </div>
      ))}
    </dl>
  );
}

function useFigures() {
  const managerId = useManagerId();
  const zone = useZone();
  const day = today(zone);
  return useQuery({
    queryKey: [...keys.figures, day.toString()],
    queryFn: async ({ signal }) => {
      const read = async (report: "activity" | "feedback", from: string) => {
        const until = day.add({ days: 1 }).toString();
        const query = { from, until, manager_id: managerId };
        const params = { path: { report }, query };
        const answer = await dataOf(api.GET("/v1/reports/{report}", { params, signal }));
        // A text is what the same report is as CSV, which nobody has asked for.
        return typeof answer === "string" ? {} : answer.totals;
      };
      const first = day.set({ day: 1 }).toString();
      const [calls, done, feedback] = await Promise.all([
        read("activity", day.toString()),
        doneSince(managerId, day.toDate(zone), signal),
        read("feedback", first),
      ]);
      const figures: Record<string, unknown> = {
        dialled: calls.dialled,
        connect_rate: calls.connect_rate,
        done,
        feedback_rate: feedback.feedback_rate,
      };
      return figures;
    },
    staleTime: 30_000,
  });
}

/** How many tasks were done since a moment, whenever they were given. Nobody does 200 a day. */
async function doneSince(managerId: string, since: Date, signal: AbortSignal): Promise<number> {
  const closed_from = since.toISOString();
  const query = { manager_id: managerId, state: "done" as const, closed_from, limit: 200 };
  const done = await dataOf(api.GET("/v1/tasks", { params: { query }, signal }));
  return done.items.length;
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
