import { useQuery } from "@tanstack/react-query";
import { api, dataOf } from "../../../api/client";
import { useManagers } from "../../../api/directory";
import { problemFrom } from "../../../api/problem";
import { useFormat } from "../../../kit/format";
import { Failed, Skeleton } from "../../../kit/States";
import { taskWords } from "../../../text/calls";
import { common } from "../../../text/common";
import { countyText } from "../../../text/county";
import { useText } from "../../../text/words";
import { keys } from "../keys";
import listStyles from "../List.module.css";
import styles from "./tasks.module.css";

/** Each change of a task, the newest last. */
export function History({ taskId, zone }: { taskId: string; zone: string }) {
  const t = useText(countyText);
  const c = useText(common);
  const word = useText(taskWords);
  const format = useFormat(zone);
  const { nameOf } = useManagers();
  const { data, error, isPending } = useQuery({
    queryKey: [...keys.task(taskId), "history"],
    queryFn: () =>
      dataOf(
        api.GET("/v1/tasks/{task_id}/history", {
          params: { path: { task_id: taskId }, query: { limit: 200 } },
        }),
      ),
  });
  const problem = problemFrom(error);
  if (problem !== null) return <Failed problem={problem} />;
  if (isPending || data === undefined) return <Skeleton rows={3} />;
  return (
    <ol>
      {data.items.map((entry) => {
        const to = entry.changes.manager_id?.after;
        return (
          <li key={entry.number} className={styles.line}>
            <span>
              {typeof to === "string"
                ? c("labelled", { label: word(entry.what), value: nameOf(to) })
                : word(entry.what)}
            </span>
            <span className={listStyles.side}>
              {format.dateTime(entry.at)}
              {entry.by === "gateway" && ` · ${t("byGateway")}`}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
