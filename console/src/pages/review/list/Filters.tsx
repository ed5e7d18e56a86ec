import { Suspense } from "react";
import { FilterBar } from "../../../kit/FilterBar";
import { later } from "../../../kit/later";
import { listText } from "../../../text/reviewList";
import { useText } from "../../../text/words";
import styles from "./List.module.css";
import type { RecordingFilter } from "./useFilters";

// A seventh of all script that the page has: the rows are there before them.
const FilterFields = later(() => import("./FilterFields"));

/** Search and filters of recordings. The fields come once the page `hasRows`. */
export function Filters({ filter, hasRows }: { filter: RecordingFilter; hasRows: boolean }) {
  const t = useText(listText);
  return (
    <FilterBar filter={filter} searchFor={t("search")}>
      <Suspense fallback={<Places />}>
        {hasRows ? <FilterFields filter={filter} /> : <Places />}
      </Suspense>
    </FilterBar>
  );
}

/** Of the fields' size, so that what is below stays where it is. */
function Places() {
  return [styles.manager, styles.choose, styles.choose, styles.choose, styles.days]
    .concat([styles.choose, styles.choose])
    .map((place, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: they never change
      <div key={index} className={`${place} ${styles.place}`} aria-hidden />
    ));
}
