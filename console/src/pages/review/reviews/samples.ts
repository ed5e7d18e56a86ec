import { queryOptions } from "@tanstack/react-query";
import { api, dataOf, type Schema } from "../../../api/client";
import { type DayRange, spanOf } from "../../../kit/days";
import { keys } from "../queries";

export type Sample = Schema<"SampleView">;
export type Summary = Schema<"SampleSummaryView">;

export const samplesQuery = queryOptions({
  queryKey: keys.samples,
  queryFn: ({ signal }) =>
    dataOf(api.GET("/v1/samples", { params: { query: { limit: 100 } }, signal })),
});

export const sampleQuery = (id: string) =>
  queryOptions({
    queryKey: keys.sample(id),
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/samples/{sample_id}", { params: { path: { sample_id: id } }, signal })),
  });

export const agreementQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.sample(id), "agreement"],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET("/v1/samples/{sample_id}/agreement", {
          params: { path: { sample_id: id } },
          signal,
        }),
      ),
  });

/** How talks are drawn. */
export type Draw = "per_manager" | "count" | "share";

/** What is typed and chosen to draw a sample; amounts as they are typed. */
export interface SampleDraft {
  scorecardId: string;
  days: DayRange;
  draw: Draw;
  amount: string;
  blindPercent: string;
  minSeconds: string;
  seed: string;
}

/** The rule of a draft, as the API takes it; shares are typed in percent. */
export function ruleOf(draft: SampleDraft): Schema<"SampleBody"> {
  const amount = Number(draft.amount);
  return {
    scorecard_id: draft.scorecardId,
    ...spanOf(draft.days),
    ...(draft.draw === "share" ? { share: amount / 100 } : { [draft.draw]: amount }),
    blind_share: Number(draft.blindPercent || "0") / 100,
    min_duration_s: Number(draft.minSeconds || "0"),
    seed: draft.seed,
  };
}
