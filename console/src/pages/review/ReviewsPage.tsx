import { ClipboardCheck } from "lucide-react";
import { useMay } from "../../api/session";
import { FilterBar } from "../../kit/FilterBar";
import { FilterSelect } from "../../kit/FilterSelect";
import { Page } from "../../kit/Page";
import { Empty } from "../../kit/States";
import { type TabOf, Tabs } from "../../kit/Tabs";
import { useFilter } from "../../kit/useFilter";
import { stateText } from "../../text/reviewScore";
import { reviewsText } from "../../text/reviews";
import { useText } from "../../text/words";
import type { Review } from "./queries";
import { QualityReport } from "./reviews/QualityReport";
import { Queue } from "./reviews/Queue";
import styles from "./reviews/Reviews.module.css";
import { ReviewTable } from "./reviews/ReviewTable";
import { Samples } from "./reviews/Samples";
import { useReviewList } from "./reviews/useReviewList";

type Tab = "mine" | "all" | "samples" | "quality";
const NAMES = ["tab", "state"] as const;
const STATES: readonly Review["state"][] = [
  "open",
  "assigned",
  "in_progress",
  "scored",
  "appealed",
  "decided",
  "final",
];

/** What is to be scored, what was, samples, and what it all says of each manager. */
export default function ReviewsPage() {
  const t = useText(reviewsText);
  const filter = useFilter(NAMES);
  const mayScore = useMay("reviews.score");
  const maySample = useMay("quality.write");
  const tabs: TabOf<Tab>[] = [
    { id: "all", text: t(mayScore ? "all" : "ofMine"), content: <AllReviews /> },
    { id: "quality", text: t("quality"), content: <QualityReport /> },
  ];
  if (mayScore) tabs.unshift({ id: "mine", text: t("mine"), content: <Queue /> });
  if (maySample) tabs.splice(2, 0, { id: "samples", text: t("samples"), content: <Samples /> });
  const value = tabs.find(({ id }) => id === filter.values.tab)?.id ?? tabs[0]?.id ?? "all";
  return (
    <Page fills title={t("reviews")}>
      <div className={styles.tabs}>
        <Tabs<Tab>
          label={t("reviews")}
          tabs={tabs}
          value={value}
          onChange={(tab) => filter.set("tab", tab)}
        />
      </div>
    </Page>
  );
}

function AllReviews() {
  const t = useText(reviewsText);
  const s = useText(stateText);
  const filter = useFilter(NAMES);
  const state = STATES.find((one) => one === filter.values.state);
  const reviews = useReviewList(state === undefined ? {} : { state });
  return (
    <div className={styles.queue}>
      <FilterBar filter={filter}>
        <div className={styles.choose}>
          <FilterSelect
            label={t("state")}
            any={t("anyState")}
            options={STATES.map((id) => ({ id, text: s(id) }))}
            value={state ?? ""}
            onChange={(id) => filter.set("state", id)}
          />
        </div>
      </FilterBar>
      <ReviewTable
        reviews={reviews}
        empty={
          <Empty icon={ClipboardCheck} title={t("noReviewsHere")}>
            {t("noReviewsHereDetail")}
          </Empty>
        }
      />
    </div>
  );
}
