import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, dataOf, type Schema } from "../../../api/client";
import { Button } from "../../../kit/Button";
import { Card } from "../../../kit/Card";
import { useFormat } from "../../../kit/format";
import { ProblemNote } from "../../../kit/States";
import { toast } from "../../../kit/toast";
import { useProblem } from "../../../kit/useProblem";
import { useRequestKey } from "../../../kit/useRequestKey";
import { reviewsText } from "../../../text/reviews";
import { useText } from "../../../text/words";
import type { Scorecard } from "../queries";
import styles from "./Reviews.module.css";
import { agreementQuery, type Sample } from "./samples";

/** From which difference on a third person settles a pair, in shares of the points. */
const MIN_DIFFERENCE = 0.1;

/** How far those agree who scored the same talks without knowing of each other. */
export function Agreement({
  sample,
  scorecard,
}: {
  sample: Sample;
  /** What the sample is judged by; undefined while that is not known. */
  scorecard: Scorecard | undefined;
}) {
  const t = useText(reviewsText);
  const format = useFormat();
  const queries = useQueryClient();
  const agreement = useQuery(agreementQuery(sample.id));
  const request = useRequestKey();
  const arbitrate = useMutation({
    mutationFn: () => {
      const body = { min_difference: MIN_DIFFERENCE };
      const params = { path: { sample_id: sample.id }, header: request.headerFor(body) };
      return dataOf(api.POST("/v1/samples/{sample_id}/arbitrations", { params, body }));
    },
    onSuccess: ({ items }) => {
      request.renew();
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
        <Button
          isDisabled={total === null}
          isPending={arbitrate.isPending}
          onPress={() => arbitrate.mutate()}
        >
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
            difference: format.percent(total.mean_difference),
            kappa: format.number(total.kappa, 2),
          })}
        </p>
      )}
      {agreement.data !== undefined && scorecard !== undefined && (
        <ByItem found={agreement.data} scorecard={scorecard} />
      )}
      <Pairs pairs={agreement.data?.pairs ?? []} />
      <ProblemNote problem={problem} />
    </Card>
  );
}

/** Pairs shown, those that differ most. */
const MOST_PAIRS = 10;

/** The talks on which the two differ most, each with what a third person made of it. */
function Pairs({ pairs }: { pairs: Schema<"SampleAgreementView">["pairs"] }) {
  const t = useText(reviewsText);
  const format = useFormat();
  const distance = ({ first, second }: (typeof pairs)[number]) => Math.abs(first - second);
  const shown = pairs
    .filter((pair) => distance(pair) > 0)
    .sort((a, b) => distance(b) - distance(a))
    .slice(0, MOST_PAIRS);
  if (shown.length === 0) return null;
  return (
    <ul className={styles.pairs} aria-label={t("differing")}>
      {shown.map(({ recording_id, first, second, arbitration }) => (
        <li key={recording_id}>
          <Link to={`/recordings/${encodeURIComponent(recording_id)}`}>
            {t("pairShares", { first: format.percent(first), second: format.percent(second) })}
          </Link>
          {arbitration !== null && (
            <span>{t("pairSettled", { share: format.percent(arbitration) })}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

/** The same for each question, and how far they agree on whether it applies. */
function ByItem({
  found: { items, applicability },
  scorecard,
}: {
  found: Schema<"SampleAgreementView">;
  scorecard: Scorecard;
}) {
  const t = useText(reviewsText);
  const format = useFormat();
  const shown = scorecard.items.filter(({ id }) => id in items || id in applicability);
  if (shown.length === 0) return null;
  return (
    <dl className={styles.byItem}>
      {shown.map(({ id, text }) => {
        const points = items[id];
        const applies = applicability[id];
        return (
          <div key={id}>
            <dt>{text}</dt>
            <dd>
              {points &&
                t("itemAgreement", {
                  exact: format.percent(points.exact),
                  difference: format.number(points.mean_difference, 1),
                })}
              {applies && (
                <span>{t("appliesAgreement", { exact: format.percent(applies.exact) })}</span>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
