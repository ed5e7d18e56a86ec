import { api } from "../../../api/client";
import { Problem } from "../../../api/problem";
import type { paths } from "../../../api/schema";
import type { Language } from "../../../text/words";
import { localeOf } from "../../../text/words";
import { addDays } from "../days";
import type { Kind, ReportQuery } from "./read";

/** What the report of quality is asked by. */
export type QualityQuery = NonNullable<paths["/v1/reports/quality"]["get"]["parameters"]["query"]>;

/** What a report is written as. */
export const FORMATS = {
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  csv: "text/csv",
  json: "application/json",
} as const;
export type FileFormat = keyof typeof FORMATS;

/** Fetch a report as a file and hand it to the browser. Its name tells days, nobody's name. */
export async function exportReport(
  kind: Kind,
  query: ReportQuery,
  format: FileFormat,
  language: Language,
): Promise<void> {
  const { data } = await api.GET("/v1/reports/{report}", {
    params: { path: { report: kind }, query },
    headers: { Accept: FORMATS[format], "Accept-Language": localeOf(language) },
    parseAs: "blob",
  });
  if (!(data instanceof Blob)) throw Problem.unreachable();
  save(data, `${kind}_${query.from}_${query.until}.${format}`);
}

/** Fetch the report of quality, which is a table, and hand it to the browser. */
export async function exportQuality(
  query: QualityQuery,
  days: { from: string; to: string },
): Promise<void> {
  const { data } = await api.GET("/v1/reports/quality", {
    params: { query },
    headers: { Accept: FORMATS.csv },
    parseAs: "blob",
  });
  if (!(data instanceof Blob)) throw Problem.unreachable();
  save(data, `quality_${days.from}_${addDays(days.to, 1)}.csv`);
}

/** Have the browser keep a file where whoever sits there keeps files. */
export function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken it once the click is done; some read it a little later.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
