import { useMutation } from "@tanstack/react-query";
import { Download, FileSpreadsheet } from "lucide-react";
import { problemFrom } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import { Card } from "../../../kit/Card";
import { useFormat } from "../../../kit/format";
import { Badge, Empty, Failed, ProblemNote, Skeleton, type Tone } from "../../../kit/States";
import { countyText } from "../../../text/county";
import { useText } from "../../../text/words";
import { addDays } from "../days";
import listStyles from "../List.module.css";
import styles from "./schedules.module.css";
import { downloadFile, type ReportFile, useReportFiles } from "./useSchedules";

const TONES: Record<ReportFile["state"], Tone> = {
  waiting: "accent",
  made: "good",
  completed: "good",
  failed: "bad",
};

/** What the schedules have made so far. */
export function Files() {
  const t = useText(countyText);
  const { data, error, isPending, refetch } = useReportFiles();
  const problem = problemFrom(error);
  return (
    <Card title={t("files")} isFlush>
      {problem !== null && <Failed problem={problem} onRetry={() => void refetch()} />}
      {isPending && <Skeleton rows={3} />}
      {data?.items.length === 0 && (
        <Empty icon={FileSpreadsheet} title={t("noFiles")}>
          {t("noFilesDetail")}
        </Empty>
      )}
      <ul>
        {data?.items.map((file) => (
          <FileLine key={file.id} file={file} />
        ))}
      </ul>
    </Card>
  );
}

function FileLine({ file }: { file: ReportFile }) {
  const t = useText(countyText);
  const format = useFormat();
  const downloading = useMutation({ mutationFn: () => downloadFile(file) });
  return (
    <li className={styles.line}>
      <div className={styles.what}>
        <b>{file.name}</b>
        <span className={listStyles.side}>
          {t(`report_${file.report}`)} · {daysOf(file)} ·{" "}
          {file.size_bytes === null ? file.format.toUpperCase() : format.bytes(file.size_bytes)}
        </span>
        <ProblemNote problem={problemFrom(downloading.error)} />
      </div>
      <Badge tone={TONES[file.state]}>{t(`file_${file.state}`)}</Badge>
      {file.made_at !== null && (
        <Button
          icon={Download}
          isPending={downloading.isPending}
          onPress={() => downloading.mutate()}
        >
          {t("download")}
        </Button>
      )}
    </li>
  );
}

/** The days that it is of, both included: the API names the day after the last. */
function daysOf({ from, until }: ReportFile): string {
  const to = addDays(until, -1);
  return from === to ? from : `${from} – ${to}`;
}
