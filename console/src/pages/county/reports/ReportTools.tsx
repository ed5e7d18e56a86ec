import { useSearchParams } from "react-router";
import { useGroups, useManagers } from "../../../api/directory";
import { DateRange } from "../../../kit/DateRange";
import { writeDays } from "../../../kit/days";
import { Select, Switch } from "../../../kit/Field";
import { useFormat } from "../../../kit/format";
import { PickManager } from "../../../kit/pick";
import { countyText } from "../../../text/county";
import { useText } from "../../../text/words";
import { GroupSelect } from "../GroupSelect";
import { zoneOf } from "../names";
import { daysAsked, SPLITS, splitOf } from "./asked";
import type { Kind, Report } from "./read";
import styles from "./reports.module.css";

/** What a report is asked by: days, by what it is split, group, what it is compared with. */
export function ReportTools({
  kind,
  today,
  report,
}: {
  kind: Kind;
  today: string;
  report: Report | undefined;
}) {
  const t = useText(countyText);
  const [query, setQuery] = useSearchParams();
  const { groups } = useGroups();
  const groupId = query.get("group_id");
  const managerId = query.get("manager_id");
  const { nameOf } = useManagers();
  const zone = zoneOf(groups, groupId);
  const format = useFormat(zone);
  const by = splitOf(kind, query.get("by"));
  const set = (name: string, value: string | null): void => {
    const next = new URLSearchParams(query);
    if (value === null) next.delete(name);
    else next.set(name, value);
    setQuery(next, { replace: true });
  };
  return (
    <div className={styles.tools}>
      <DateRange
        label={t("days")}
        value={daysAsked(query.get("days"), today)}
        onChange={(days) => set("days", days === null ? null : writeDays(days))}
        timeZone={zone}
      />
      <Select
        label={t("splitBy")}
        hideLabel
        options={SPLITS[kind].map((id) => ({ id, text: t(`by_${id}`) }))}
        value={by}
        onChange={(id) => set("by", id)}
      />
      <GroupSelect groups={groups} value={groupId} onChange={(id) => set("group_id", id)} />
      {kind !== "hotlines" && (
        <PickManager
          isFilter
          hideLabel
          value={managerId === null ? null : { id: managerId, text: nameOf(managerId) }}
          onChange={(chosen) => set("manager_id", chosen?.id ?? null)}
        />
      )}
      <Switch
        label={t("compare")}
        isSelected={query.get("compare") === "previous"}
        isDisabled={by === "week"}
        onChange={(isOn) => set("compare", isOn ? "previous" : null)}
      />
      {report?.as_of != null && (
        <span className={styles.asOf}>{t("asOf", { time: format.dateTime(report.as_of) })}</span>
      )}
    </div>
  );
}
