import { useMutation } from "@tanstack/react-query";
import { Download, FileJson, FileSpreadsheet, FileText } from "lucide-react";
import { problemFrom } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import { Menu } from "../../../kit/Menu";
import { toast } from "../../../kit/toast";
import { useProblemText } from "../../../kit/useProblem";
import { countyText } from "../../../text/county";
import { useLanguage, useText } from "../../../text/words";
import { exportReport, type FileFormat } from "./exporting";
import type { Kind, ReportQuery } from "./read";

/** The report that is seen, as a file: all its figures, not only those that are shown. */
export function ExportMenu({ kind, query }: { kind: Kind; query: ReportQuery }) {
  const t = useText(countyText);
  const language = useLanguage();
  const say = useProblemText();
  const exporting = useMutation({
    mutationFn: (format: FileFormat) => exportReport(kind, query, format, language),
    onError: (error) => {
      const problem = problemFrom(error);
      if (problem !== null) toast({ text: say(problem), tone: "bad" });
    },
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
