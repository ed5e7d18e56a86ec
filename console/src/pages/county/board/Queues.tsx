import type { Schema } from "../../../api/client";
import { useFormat } from "../../../kit/format";
import { boardText } from "../../../text/board";
import { useText } from "../../../text/words";
import styles from "./board.module.css";
import { Panel } from "./Panel";

type Queue = Schema<"QueueView">;

/** Who waits for whom, and what became of those who did since the node began. */
export function Queues({
  queues,
  nameOf,
}: {
  queues: readonly Queue[];
  nameOf(hotlineId: string): string;
}) {
  const t = useText(boardText);
  const format = useFormat();
  if (queues.length === 0) return null;
  return (
    <Panel title={t("queues")} count={queues.length} area="queues">
      <table className={styles.queue}>
        <thead>
          <tr>
            <th scope="col">{t("hotline")}</th>
            <th scope="col">{t("waiting")}</th>
            <th scope="col">{t("longestWait")}</th>
            <th scope="col">{t("free")}</th>
            <th scope="col">{t("gaveUp")}</th>
          </tr>
        </thead>
        <tbody>
          {queues.map((queue) => (
            <tr key={queue.hotline_id} className={queue.waiting > 0 ? styles.waits : ""}>
              <th scope="row">{nameOf(queue.hotline_id)}</th>
              <td>{queue.waiting}</td>
              <td>{queue.waiting > 0 ? format.clock(queue.longest_wait_s) : "–"}</td>
              <td>
                {queue.free_managers}/{queue.managers}
              </td>
              <td>{queue.totals.abandoned + queue.totals.timed_out}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
