import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "react-router";
import { api, dataOf } from "../../api/client";
import { problemFrom } from "../../api/problem";
import { useMay } from "../../api/session";
import { Button } from "../../kit/Button";
import { Card } from "../../kit/Card";
import { Copy } from "../../kit/Copy";
import { useFormat } from "../../kit/format";
import { Page } from "../../kit/Page";
import { Progress } from "../../kit/Progress";
import { Empty, Failed, ProblemNote, Skeleton } from "../../kit/States";
import { toast } from "../../kit/toast";
import { useProblem } from "../../kit/useProblem";
import { reviewsText } from "../../text/reviewList";
import { useText } from "../../text/words";
import type { Review } from "./queries";
import { TakeNext } from "./reviews/Queue";
import styles from "./reviews/Reviews.module.css";
import { ReviewTable } from "./reviews/ReviewTable";
import { agreementQuery, type Sample, sampleQuery } from "./reviews/samples";
import { useReviewList } from "./reviews/useReviewList";

/** A sample: how far it is, its reviews, and how far those agree who scored the same talk. */
export default function SamplePage() {
  const { sampleId = "" } = useParams();
  const t = useText(reviewsText);
  const sample = useQuery(sampleQuery(sampleId));
  const problem = problemFrom(sample.error);
  if (sample.data !== undefined) return <Loaded sample={sample.data} />;
  return (
    <Page title={t("sample")}>
      {problem === null ? (
        <Skeleton rows={6} />
      ) : (
        <Failed problem={problem} onRetry={() => void sample.refetch()} />
      )}
    </Page>
  );
}

const OPEN: readonly Review["state"][] = ["open", "assigned", "in_progress"];

function Loaded({ sample }: { sample: Sample }) {
  const t = useText(reviewsText);
  const format = useFormat();
  const mayScore = useMay("reviews.score");
  const reviews = useReviewList({ sample_id: sample.id });
  const scored = reviews.items.filter(({ state }) => !OPEN.includes(state)).length;
  const wanted = sample.drawn + sample.blind_ids.length;
  return (
    <Page
      title={t("sample")}
      detail={`${format.date(sample.rule.from)} – ${format.date(sample.rule.until)}`}
      actions={mayScore && <TakeNext sampleId={sample.id} />}
    >
      <div className={styles.stack}>
        <Card title={t("progressTitle")}>
          <Progress label={t("scored")} value={scored} max={wanted} />
          <p className={styles.rule}>
            {t("ruleText", { drawn: sample.drawn, population: sample.population })} · {t("seed")}{" "}
            <code>{sample.rule.seed}</code> <Copy text={sample.rule.seed} />
          </p>
        </Card>
        {sample.blind_ids.length > 0 && mayScore && <Agreement sample={sample} />}
        <div className={styles.inPage}>
          <ReviewTable reviews={reviews} empty={<Empty title={t("noReviewsHere")} />} />
        </div>
      </div>
    </Page>
  );
}

function Agreement({ sample }: { sample: Sample }) {
  const t = useText(reviewsText);
  const format = useFormat();
  const queries = useQueryClient();
  const agreement = useQuery(agreementQuery(sample.id));
  const arbitrate = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST("/v1/samples/{sample_id}/arbitrations", {
          params: { path: { sample_id: sample.id } },
          body: { min_difference: 0.1 },
        }),
      ),
    onSuccess: ({ items }) => {
      void queries.invalidateQueries({ queryKey: ["reviews"] });
      toast({ text: t("arbitrated", { count: items.length }) });
    },
  });
  const { problem } = useProblem(arbitrate.error);
  const total = agreement.data?.total ?? null;
  return (
    <Card
      title={t("agreement")}
      detail={t("waitingPairs", { count: agreement.data?.waiting ?? 0 })}
      actions={
        <Button isPending={arbitrate.isPending} onPress={() => arbitrate.mutate()}>
          {t("arbitrate")}
        </Button>
      }
    >
      {total === null ? (
        <p className={styles.hush}>{t("noPairs")}</p>
      ) : (
        <p>
          {t("agreementText", {
            pairs: total.pairs,
            exact: format.percent(total.exact),
            difference: format.number(total.mean_difference, 2),
            kappa: format.number(total.kappa, 2),
          })}
        </p>
      )}
      <ProblemNote problem={problem} />
    </Card>
  );
}
