import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { api, dataOf, type Schema } from "../../../api/client";
import formStyles from "../../../kit/Form.module.css";
import { useFormat } from "../../../kit/format";
import { useCode } from "../../../text/codes";
import { workFailures } from "../../../text/reasons";
import { exportText } from "../../../text/reviewExport";
import { useText } from "../../../text/words";
import { keys } from "../queries";
import styles from "./List.module.css";

type Export = Schema<"ExportView">;

const POLL_MS = 1_000;

/** How far an archive is; once it is there, a link to fetch it. */
export function Archive({ started }: { started: Export }) {
  const t = useText(exportText);
  const format = useFormat();
  const failure = useCode(workFailures);
  const archive = useQuery({
    queryKey: [...keys.exports, started.id],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/exports/{export_id}", {
          params: { path: { export_id: started.id } },
          signal,
        }),
      ),
    initialData: started,
    refetchInterval: ({ state }) =>
      state.data?.state === "queued" || state.data?.state === "running" ? POLL_MS : false,
  });
  const { data } = archive;
  switch (data.state) {
    case "completed":
      return (
        <div className={formStyles.form} role="status">
          <p>{t("done", { count: data.recordings, size: format.bytes(data.size_bytes) })}</p>
          {data.incomplete > 0 && <p>{t("incomplete", { count: data.incomplete })}</p>}
          <a className={styles.download} href={`/v1/exports/${data.id}/archive`} download>
            <Download size={16} aria-hidden /> {t("download")}
          </a>
        </div>
      );
    case "failed":
    case "expired":
      return <p role="alert">{t("failed", { reason: failure(data.failure ?? data.state) })}</p>;
    case "queued":
      return <p role="status">{t("queued")}</p>;
    default:
      return <p role="status">{t("running", { count: data.recordings })}</p>;
  }
}
