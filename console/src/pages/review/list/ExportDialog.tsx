import { useMutation, useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useState } from "react";
import { api, dataOf, type Schema } from "../../../api/client";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import { Checkbox, TextField } from "../../../kit/Field";
import { useFormat } from "../../../kit/format";
import { ProblemNote } from "../../../kit/States";
import { useProblem } from "../../../kit/useProblem";
import { common } from "../../../text/common";
import { listText } from "../../../text/reviewList";
import { useText } from "../../../text/words";
import { keys } from "../queries";
import styles from "./List.module.css";

type Content = Schema<"ExportContent">;
type Export = Schema<"ExportView">;

const CONTENTS: readonly Content[] = ["master", "listening", "transcript", "findings"];
const POLL_MS = 1_000;

/** Put recordings into an archive, see how far it is, and fetch it. */
export function ExportDialog({ ids, onClose }: { ids: readonly string[]; onClose(): void }) {
  const t = useText(listText);
  const c = useText(common);
  const [why, setWhy] = useState("");
  const [contents, setContents] = useState<readonly Content[]>([
    "master",
    "transcript",
    "findings",
  ]);
  const [redacted, setRedacted] = useState(false);
  const begin = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/v1/recordings/export", {
          body: { filters: { ids: [...ids] }, contents: [...contents], redacted, why },
        }),
      ),
  });
  const { problem, errorOf } = useProblem(begin.error, ["why"]);
  return (
    <Dialog
      title={t("exportTitle")}
      isOpen
      onClose={onClose}
      actions={
        begin.data === undefined && (
          <>
            <Button onPress={onClose}>{c("cancel")}</Button>
            <Button
              look="primary"
              isPending={begin.isPending}
              isDisabled={why.trim() === "" || contents.length === 0}
              onPress={() => begin.mutate()}
            >
              {t("exportBegin")}
            </Button>
          </>
        )
      }
    >
      {begin.data !== undefined ? (
        <Archive started={begin.data} />
      ) : (
        <div className={styles.form}>
          <p>{t("exportDetail")}</p>
          <fieldset className={styles.checks}>
            <legend>{t("contents")}</legend>
            {CONTENTS.map((content) => (
              <Checkbox
                key={content}
                label={t(content === "findings" ? "findings-file" : content)}
                isSelected={contents.includes(content)}
                onChange={(on) =>
                  setContents(
                    CONTENTS.filter((one) => (one === content ? on : contents.includes(one))),
                  )
                }
              />
            ))}
          </fieldset>
          <Checkbox label={t("onlyRedacted")} isSelected={redacted} onChange={setRedacted} />
          <TextField
            label={t("why")}
            value={why}
            onChange={setWhy}
            error={errorOf("why")}
            isRequired
          />
          <ProblemNote problem={problem} />
        </div>
      )}
    </Dialog>
  );
}

/** How far an archive is; once it is there, a link to fetch it. */
function Archive({ started }: { started: Export }) {
  const t = useText(listText);
  const format = useFormat();
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
        <div className={styles.form} role="status">
          <p>{t("exportDone", { count: data.recordings, size: format.bytes(data.size_bytes) })}</p>
          {data.incomplete > 0 && <p>{t("exportIncomplete", { count: data.incomplete })}</p>}
          <a className={styles.download} href={`/v1/exports/${data.id}/archive`} download>
            <Download size={16} aria-hidden /> {t("download")}
          </a>
        </div>
      );
    case "failed":
    case "expired":
      return <p role="alert">{t("exportFailed", { reason: data.failure ?? data.state })}</p>;
    case "queued":
      return <p role="status">{t("exportQueued")}</p>;
    default:
      return <p role="status">{t("exportRunning", { count: data.recordings })}</p>;
  }
}
