import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../api/client";

export type Recording = Schema<"RecordingView">;
export type Transcript = Schema<"TranscriptView">;
export type Segment = Schema<"SegmentView">;
export type Finding = Schema<"FindingView">;
export type Severity = Schema<"Severity">;
export type Quality = Schema<"QualityView">;
export type Review = Schema<"ReviewView">;
export type Scorecard = Schema<"ScorecardView">;
export type Script = Schema<"ScriptView">;
export type Side = Schema<"Channel">;

/** Where the area's server state is kept: one name for each thing. */
export const keys = {
  recordings: (filters: object) => ["recordings", filters] as const,
  recording: (id: string) => ["recording", id] as const,
  part: (id: string, part: string) => ["recording", id, part] as const,
  reviews: (filters: object) => ["reviews", filters] as const,
  review: (id: string) => ["review", id] as const,
  reviewers: ["reviewers"] as const,
  samples: ["samples"] as const,
  sample: (id: string) => ["sample", id] as const,
  scripts: ["scripts"] as const,
  scorecards: ["scorecards"] as const,
  exports: ["exports"] as const,
};

/** The most points a wave form is drawn with: enough for eight times the width of a desktop. */
const WAVE_POINTS = 12_000;

const path = (id: string) => ({ params: { path: { recording_id: id } } });

export const recordingQuery = (id: string) =>
  queryOptions({
    queryKey: keys.recording(id),
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/recordings/{recording_id}", { ...path(id), signal })),
  });

export const peaksQuery = (id: string) =>
  queryOptions({
    queryKey: keys.part(id, "peaks"),
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/recordings/{recording_id}/peaks", {
          params: { path: { recording_id: id }, query: { points: WAVE_POINTS } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Asked again while it is being made. */
export const transcriptQuery = (id: string) =>
  queryOptions({
    queryKey: keys.part(id, "transcript"),
    queryFn: async ({ signal }): Promise<Transcript> => {
      const data: unknown = await dataOf(
        api.GET("/v1/recordings/{recording_id}/transcript", { ...path(id), signal }),
      );
      // The same address also answers as plain text; by what is asked for it is never that.
      if (!isTranscript(data)) throw new Error("not the transcript's JSON");
      return data;
    },
    refetchInterval: ({ state }) =>
      state.data?.status === "queued" || state.data?.status === "running" ? 3_000 : false,
    staleTime: 300_000,
  });

function isTranscript(data: unknown): data is Transcript {
  return typeof data === "object" && data !== null && "segments" in data;
}

export const findingsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.part(id, "findings"),
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/recordings/{recording_id}/findings", { ...path(id), signal })),
    staleTime: 300_000,
  });

export const qualityQuery = (id: string) =>
  queryOptions({
    queryKey: keys.part(id, "quality"),
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/recordings/{recording_id}/quality", { ...path(id), signal })),
    staleTime: 300_000,
  });

export const sealsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.part(id, "seals"),
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/recordings/{recording_id}/seals", { ...path(id), signal })),
  });

/** All reviews of a recording that one may see, the newest first. */
export const reviewsOfQuery = (id: string) =>
  queryOptions({
    queryKey: keys.reviews({ recording_id: id }),
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/reviews", { params: { query: { recording_id: id } }, signal })),
  });

export const reviewQuery = (id: string) =>
  queryOptions({
    queryKey: keys.review(id),
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/reviews/{review_id}", { params: { path: { review_id: id } }, signal })),
  });

export const scorecardsQuery = queryOptions({
  queryKey: keys.scorecards,
  queryFn: ({ signal }) =>
    dataOf(api.GET("/v1/scorecards", { params: { query: { limit: 200 } }, signal })),
});

export const scriptsQuery = queryOptions({
  queryKey: keys.scripts,
  queryFn: ({ signal }) =>
    dataOf(api.GET("/v1/scripts", { params: { query: { limit: 200 } }, signal })),
  staleTime: 60_000,
});

/** The hotlines that one may see; a node has a few. */
const hotlinesQuery = queryOptions({
  queryKey: ["hotlines", "names"],
  queryFn: ({ signal }) =>
    dataOf(api.GET("/v1/hotlines", { params: { query: { limit: 200 } }, signal })),
  staleTime: 300_000,
});

const NO_HOTLINES: readonly Schema<"HotlineView">[] = [];

export function useHotlines(): readonly Schema<"HotlineView">[] {
  return useQuery(hotlinesQuery).data?.items ?? NO_HOTLINES;
}
