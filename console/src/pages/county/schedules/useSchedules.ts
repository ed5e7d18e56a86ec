import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import { Problem } from "../../../api/problem";
import { useRequestKey } from "../../../kit/useRequestKey";
import { keys } from "../keys";
import { save } from "../reports/exporting";

export type Schedule = Schema<"ReportScheduleView">;
/** What a schedule is made of, or replaced by. */
export type NewSchedule = Schema<"ReportScheduleBody">;
export type ReportFile = Schema<"ReportFileView">;

const UNDER_WAY_MS = 3_000;
const SELDOM_MS = 60_000;

/** The schedules of whoever is logged in. */
export function useSchedules() {
  return useQuery({
    queryKey: keys.schedules,
    queryFn: () => dataOf(api.GET("/v1/report-schedules", { params: { query: { limit: 200 } } })),
  });
}

/** The files that they came to, the newest first. */
export function useReportFiles() {
  return useQuery({
    queryKey: keys.reportFiles,
    queryFn: () => dataOf(api.GET("/v1/report-files", { params: { query: { limit: 100 } } })),
    refetchInterval: ({ state }) =>
      state.data?.items.some((file) => file.state === "waiting") === true
        ? UNDER_WAY_MS
        : SELDOM_MS,
  });
}

/** Make, switch, delete: each reads the list anew. */
export function useScheduleChanges() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: keys.schedules });
  const request = useRequestKey();
  const make = useMutation({
    mutationFn: (body: NewSchedule) => {
      const params = { header: request.headerFor(body) };
      return dataOf(api.POST("/v1/report-schedules", { params, body }));
    },
    onSuccess: () => {
      request.renew();
      return onSuccess();
    },
  });
  const replace = useMutation({
    mutationFn: ({ of: { id, version }, body }: { of: Schedule; body: NewSchedule }) =>
      dataOf(
        api.PUT("/v1/report-schedules/{schedule_id}", {
          // What somebody else has changed meanwhile is not undone unseen.
          params: { path: { schedule_id: id }, header: { "if-match": `"${version}"` } },
          body,
        }),
      ),
    onSuccess,
  });
  const remove = useMutation({
    mutationFn: (id: string) =>
      api.DELETE("/v1/report-schedules/{schedule_id}", { params: { path: { schedule_id: id } } }),
    onSuccess,
  });
  return { make, replace, remove };
}

/** Fetch a file that a schedule has made, and hand it to the browser. */
export async function downloadFile(file: ReportFile): Promise<void> {
  const { data } = await api.GET("/v1/report-files/{file_id}/content", {
    params: { path: { file_id: file.id } },
    parseAs: "blob",
  });
  if (!(data instanceof Blob)) throw Problem.unreachable();
  save(data, `${file.report}_${file.from}_${file.until}.${file.format}`);
}
