import { api, dataOf, type Schema } from "../../../api/client";
import { Problem } from "../../../api/problem";

export type Report = Schema<"ReportView">;
export type ReportRow = Schema<"ReportRowView">;
export type Column = Schema<"ReportColumnView">;
export type SplitBy = Schema<"SplitBy">;

/** The reports of one shape; `quality` has its own. */
export const KINDS = ["activity", "tasks", "feedback", "managers", "hotlines", "scores"] as const;
export type Kind = (typeof KINDS)[number];

/** What a report is asked by, as the API has it; `until` is the day after the last. */
export interface ReportQuery {
  from: string;
  until: string;
  by: SplitBy[];
  group_id?: string;
  manager_id?: string;
  hotline_id?: string;
  type?: string;
  compare?: "previous";
}

/** Read a report; throws `Problem`. */
export async function readReport(report: Kind, query: ReportQuery): Promise<Report> {
  const answer = await dataOf(
    api.GET("/v1/reports/{report}", { params: { path: { report }, query } }),
  );
  // The document says text, too, for who asks for a file.
  if (typeof answer === "string") throw new Problem(0, "other", "text/csv");
  return answer;
}
