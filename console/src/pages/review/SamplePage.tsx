import { useQuery } from "@tanstack/react-query";
import { UserRoundPlus } from "lucide-react";
import { useState } from "react";
import { useParams } from "react-router";
import { problemFrom } from "../../api/problem";
import { useMay } from "../../api/session";
import { Button } from "../../kit/Button";
import { Card } from "../../kit/Card";
import { Copy } from "../../kit/Copy";
import { useFormat } from "../../kit/format";
import { Page } from "../../kit/Page";
import { Progress } from "../../kit/Progress";
import { Empty, Failed, Skeleton } from "../../kit/States";
import { useShortcut } from "../../kit/shortcuts";
import { useIsPhone } from "../../kit/useMedia";
import { reviewsText } from "../../text/reviews";
import { useText } from "../../text/words";
import type { Review } from "./queries";
import { Agreement } from "./reviews/Agreement";
import { AssignSample } from "./reviews/AssignSample";
import { TakeNext } from "./reviews/Queue";
import styles from "./reviews/Reviews.module.css";
import { ReviewTable } from "./reviews/ReviewTable";
import { type Sample, sampleQuery } from "./reviews/samples";
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

/** States in which a review has still to be scored. */
const UNDONE: readonly Review["state"][] = ["open", "assigned", "in_progress"];

/** As high as its rows, as far as there is room: they are higher on a phone, without titles. */
function heightOf(rows: number, isPhone: boolean): string {
  const needed = isPhone ? 4 * rows : 2.5 * (rows + 1);
  return `clamp(12rem, ${needed + 0.125}rem, 32rem)`;
}

function Loaded({ sample }: { sample: Sample }) {
  const t = useText(reviewsText);
  const format = useFormat();
  const mayScore = useMay("reviews.score");
  const mayAssign = useMay("quality.write");
  const isPhone = useIsPhone();
  const [assigns, setAssigns] = useState(false);
  const reviews = useReviewList({ sample_id: sample.id });
  const scored = reviews.items.filter(({ state }) => !UNDONE.includes(state)).length;
  const open = reviews.items.filter(({ state }) => state === "open").length;
  const wanted = Math.max(sample.drawn + sample.blind_ids.length, reviews.items.length);
  useShortcut("a", t("assignSample"), () => setAssigns(true), mayAssign);
  return (
    <Page
      title={t("sample")}
      detail={format.days(sample.rule.from, sample.rule.until)}
      actions={
        <>
          {mayAssign && (
            <Button icon={UserRoundPlus} hint="a" onPress={() => setAssigns(true)}>
              {t("assignSample")}
            </Button>
          )}
          {mayScore && <TakeNext sampleId={sample.id} size="m" />}
        </>
      }
    >
      <div className={styles.stack}>
        <Card title={t("progressTitle")}>
          <Progress label={t("scored")} value={scored} max={wanted} />
          <p className={styles.rule}>
            {t("ruleText", { drawn: sample.drawn, population: sample.population })} · {t("seed")}{" "}
            <code>{sample.rule.seed}</code> <Copy text={sample.rule.seed} />
          </p>
          {open > 0 && <p className={styles.rule}>{t("openReviews", { count: open })}</p>}
        </Card>
        {sample.blind_ids.length > 0 && mayAssign && (
          <Agreement sample={sample} scorecard={reviews.items[0]?.scorecard} />
        )}
        <div
          className={styles.inPage}
          style={{ blockSize: heightOf(reviews.items.length, isPhone) }}
        >
          <ReviewTable reviews={reviews} empty={<Empty title={t("noReviewsHere")} />} />
        </div>
      </div>
      {assigns && <AssignSample sampleId={sample.id} onClose={() => setAssigns(false)} />}
    </Page>
  );
}
