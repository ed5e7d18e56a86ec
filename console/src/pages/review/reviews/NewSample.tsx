import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { api, dataOf } from "../../../api/client";
import { Button } from "../../../kit/Button";
import { DateRange } from "../../../kit/DateRange";
import { Dialog } from "../../../kit/Dialog";
import { daysOf } from "../../../kit/days";
import { Select, TextField } from "../../../kit/Field";
import formStyles from "../../../kit/Form.module.css";
import { ProblemNote } from "../../../kit/States";
import { useProblem } from "../../../kit/useProblem";
import { useRequestKey } from "../../../kit/useRequestKey";
import { useSaved } from "../../../kit/useSaved";
import { common } from "../../../text/common";
import { reviewsText } from "../../../text/reviews";
import { useText } from "../../../text/words";
import { keys, scorecardsQuery } from "../queries";
import styles from "./Reviews.module.css";
import { type Draw, ruleOf, type SampleDraft } from "./samples";

const FIELDS = ["per_manager", "count", "share", "blind_share", "min_duration_s", "seed"];

/** Draw talks by a rule: tried first to see how many there are, then kept. */
export function NewSample({ onClose }: { onClose(): void }) {
  const t = useText(reviewsText);
  const c = useText(common);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const cards = useQuery(scorecardsQuery).data?.items.filter(({ active }) => active) ?? [];
  const { draft, change, forget } = useSaved<SampleDraft>("sample:new", {
    scorecardId: cards[0]?.id ?? "",
    days: daysOf("lastWeek"),
    draw: "per_manager",
    amount: "2",
    blindPercent: "0",
    minSeconds: "30",
    seed: "",
  });
  const request = useRequestKey();
  const draw = useMutation({
    mutationFn: (isTried: boolean) => {
      const body = ruleOf(draft);
      const header = request.headerFor([isTried, body]);
      const params = { query: { dry_run: isTried }, header };
      return dataOf(api.POST("/v1/samples", { params, body }));
    },
    onSuccess: (sample, isTried) => {
      if (isTried) return;
      forget();
      void queries.invalidateQueries({ queryKey: keys.samples });
      void navigate(`/samples/${encodeURIComponent(sample.id)}`);
    },
  });
  const { problem, errorOf } = useProblem(draw.error, FIELDS);
  const tried = draw.variables === true ? draw.data : undefined;
  return (
    <Dialog
      title={t("newSample")}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button isPending={draw.isPending} onPress={() => draw.mutate(true)}>
            {t("try")}
          </Button>
          <Button look="primary" isPending={draw.isPending} onPress={() => draw.mutate(false)}>
            {t("draw")}
          </Button>
        </>
      }
    >
      <div className={formStyles.form}>
        <Select
          label={t("scorecard")}
          value={draft.scorecardId || (cards[0]?.id ?? null)}
          options={cards.map(({ id, name }) => ({ id, text: name }))}
          onChange={(scorecardId) => change({ scorecardId })}
        />
        <DateRange
          label={t("span")}
          value={draft.days}
          onChange={(days) => days !== null && change({ days })}
        />
        <div className={styles.pair}>
          <Select<Draw>
            label={t("drawBy")}
            value={draft.draw}
            options={[
              { id: "per_manager", text: t("perManager") },
              { id: "count", text: t("inAll") },
              { id: "share", text: t("share") },
            ]}
            onChange={(by) => change({ draw: by })}
          />
          <TextField
            label={t(draft.draw === "share" ? "percent" : "amount")}
            inputMode="decimal"
            value={draft.amount}
            onChange={(amount) => change({ amount })}
            error={errorOf(draft.draw)}
          />
        </div>
        <div className={styles.pair}>
          <TextField
            label={t("blind")}
            help={t("blindHelp")}
            inputMode="decimal"
            value={draft.blindPercent}
            onChange={(blindPercent) => change({ blindPercent })}
            error={errorOf("blind_share")}
          />
          <TextField
            label={t("minSeconds")}
            inputMode="numeric"
            value={draft.minSeconds}
            onChange={(minSeconds) => change({ minSeconds })}
            error={errorOf("min_duration_s")}
          />
        </div>
        <TextField
          label={`${t("seed")} (${c("optional")})`}
          help={t("seedHelp")}
          value={draft.seed}
          onChange={(seed) => change({ seed })}
          error={errorOf("seed")}
        />
        {tried !== undefined && (
          <p role="status" className={styles.tried}>
            {t("tried", { drawn: tried.drawn, population: tried.population })}
          </p>
        )}
        <ProblemNote problem={problem} />
      </div>
    </Dialog>
  );
}
