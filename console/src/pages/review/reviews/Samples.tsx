import { useQuery } from "@tanstack/react-query";
import { Dices, Plus } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { problemFrom } from "../../../api/problem";
import { useMay } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { DataTable } from "../../../kit/DataTable";
import { useFormat } from "../../../kit/format";
import { Empty, Failed, Skeleton } from "../../../kit/States";
import { reviewsText } from "../../../text/reviews";
import { useText } from "../../../text/words";
import { scorecardsQuery } from "../queries";
import { NewSample } from "./NewSample";
import styles from "./Reviews.module.css";
import { type Summary, samplesQuery } from "./samples";

/** The samples that were drawn, and how to draw another. */
export function Samples() {
  const t = useText(reviewsText);
  const format = useFormat();
  const navigate = useNavigate();
  const mayDraw = useMay("quality.write");
  const samples = useQuery(samplesQuery);
  const cards = useQuery(scorecardsQuery).data?.items ?? [];
  const [isNew, setNew] = useState(false);
  const problem = problemFrom(samples.error);
  if (problem !== null) return <Failed problem={problem} onRetry={() => void samples.refetch()} />;
  if (samples.data === undefined) return <Skeleton rows={5} />;
  const nameOf = (id: string): string => cards.find((card) => card.id === id)?.name ?? "–";
  const draw = mayDraw && (
    <Button icon={Plus} onPress={() => setNew(true)}>
      {t("newSample")}
    </Button>
  );
  return (
    <div className={styles.queue}>
      <div className={styles.next}>{draw}</div>
      <div className={styles.table}>
        <DataTable<Summary>
          label={t("samples")}
          items={samples.data.items}
          idOf={({ id }) => id}
          textOf={({ scorecard_id }) => nameOf(scorecard_id)}
          onOpen={({ id }) => void navigate(`/samples/${encodeURIComponent(id)}`)}
          columns={[
            {
              id: "created",
              title: t("drawnAt"),
              cell: ({ created_at }) => format.dateTime(created_at),
            },
            {
              id: "card",
              title: t("scorecard"),
              width: "2fr",
              cell: ({ scorecard_id }) => nameOf(scorecard_id),
            },
            {
              id: "span",
              title: t("span"),
              width: "2fr",
              cell: ({ rule }) => format.days(rule.from, rule.until),
            },
            {
              id: "drawn",
              title: t("drawn"),
              align: "end",
              cell: ({ drawn, population }) =>
                `${format.number(drawn)} / ${format.number(population)}`,
            },
          ]}
          empty={
            <Empty icon={Dices} title={t("noSamples")} action={draw}>
              {t("noSamplesDetail")}
            </Empty>
          }
        />
      </div>
      {isNew && <NewSample onClose={() => setNew(false)} />}
    </div>
  );
}
