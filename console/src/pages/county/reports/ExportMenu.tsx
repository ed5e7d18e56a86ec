import { useMutation } from "@tanstack/react-query";
import { Download, FileJson, FileSpreadsheet, FileText } from "lucide-react";
import { problemFrom } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import { Menu } from "../../../kit/Menu";
import { toast } from "../../../kit/toast";
import { useProblemText } from "../../../kit/useProblemText";
import { countyText } from "../../../text/county";
import { useLanguage, useText } from "../../../text/words";
import { exportQuality, exportReport, type FileFormat, type QualityQuery } from "./exporting";
import type { Kind, ReportQuery } from "./read";

/** The report that is seen, as a file: all its figures, not only those that are shown. */
export function ExportMenu({ kind, query }: { kind: Kind; query: ReportQuery }) {
  const t = useText(countyText);
  const language = useLanguage();
  const onError = useSaidInToast();
  const exporting = useMutation({
    mutationFn: (format: FileFormat) => exportReport(kind, query, format, language),
    onError,
  });
  return (
    <Menu
      label={t("export")}
      trigger={
        <Button icon={Download} isPending={exporting.isPending}>
          {t("export")}
        </Button>
      }
      entries={[
        {
          id: "xlsx",
          text: t("exportXlsx"),
          icon: FileSpreadsheet,
          run: () => exporting.mutate("xlsx"),
        },
        { id: "csv", text: t("exportCsv"), icon: FileText, run: () => exporting.mutate("csv") },
        { id: "json", text: t("exportJson"), icon: FileJson, run: () => exporting.mutate("json") },
      ]}
    />
  );
}

/** The report of quality that is seen, as a table. */
export function ExportQuality({
  query,
  days,
}: {
  query: QualityQuery;
  days: { from: string; to: string };
}) {
  const t = useText(countyText);
  const onError = useSaidInToast();
  const exporting = useMutation({ mutationFn: () => exportQuality(query, days), onError });
  return (
    <Button icon={Download} isPending={exporting.isPending} onPress={() => exporting.mutate()}>
      {t("exportTable")}
    </Button>
  );
}

/** Says in a line why there is no file. */
function useSaidInToast(): (error: Error) => void {
  const say = useProblemText();
  return (error) => {
    const problem = problemFrom(error);
    if (problem !== null) toast({ text: say(problem), tone: "bad" });
  };
}
