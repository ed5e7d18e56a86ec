import { useManagers } from "../../../api/directory";
import { DateRange } from "../../../kit/DateRange";
import { parseDays } from "../../../kit/days";
import { FilterSelect, type FilterSelectProps } from "../../../kit/FilterSelect";
import { PickManager } from "../../../kit/pick";
import { findingText } from "../../../text/reviewFindings";
import { listText } from "../../../text/reviewList";
import { useText } from "../../../text/words";
import { useHotlines } from "../queries";
import styles from "./List.module.css";
import { KINDS, type RecordingFilter, SEVERITIES } from "./useFilters";

/** By what recordings are looked for, beside the search. */
export default function FilterFields({ filter }: { filter: RecordingFilter }) {
  const t = useText(listText);
  const f = useText(findingText);
  const managers = useManagers();
  const hotlines = useHotlines();
  const { values, set } = filter;
  const kinds = KINDS.map((id) => ({ id, text: f(id) }));
  const severities = SEVERITIES.map((id) => ({
    id,
    text: id === "critical" ? f(id) : t("atLeast", { severity: f(id) }),
  }));
  return (
    <>
      <div className={styles.manager}>
        <PickManager
          isFilter
          hideLabel
          value={
            values.manager === ""
              ? null
              : { id: values.manager, text: managers.nameOf(values.manager) }
          }
          onChange={(manager) => set("manager", manager?.id ?? "")}
        />
      </div>
      <Choose
        label={t("hotline")}
        any={t("anyHotline")}
        options={hotlines.map(({ id, name }) => ({ id, text: name }))}
        value={values.hotline}
        onChange={(id) => set("hotline", id)}
      />
      <Choose
        label={t("finding")}
        any={t("anyFinding")}
        options={kinds}
        value={values.finding}
        onChange={(id) => set("finding", id)}
      />
      <Choose
        label={t("severity")}
        any={t("anySeverity")}
        options={severities}
        value={values.severity}
        onChange={(id) => set("severity", id)}
      />
      <DateRange
        label={t("days")}
        isOptional
        value={parseDays(values.days)}
        onChange={(days) => set("days", days === null ? "" : `${days.from}..${days.to}`)}
      />
      <Choose
        label={t("score")}
        any={t("anyScore")}
        options={(["low", "middle", "high"] as const).map((id) => ({ id, text: t(`score-${id}`) }))}
        value={values.score}
        onChange={(id) => set("score", id)}
      />
      <Choose
        label={t("length")}
        any={t("anyLength")}
        options={(["short", "middle", "long"] as const).map((id) => ({
          id,
          text: t(`length-${id}`),
        }))}
        value={values.length}
        onChange={(id) => set("length", id)}
      />
    </>
  );
}

/** One of a few, or any; as wide as its longest word needs. */
function Choose(props: FilterSelectProps) {
  return (
    <div className={styles.choose}>
      <FilterSelect {...props} />
    </div>
  );
}
