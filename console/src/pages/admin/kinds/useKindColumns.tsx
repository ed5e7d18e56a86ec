import type { ColumnOf } from "../../../kit/DataTable";
import { useFormat } from "../../../kit/format";
import { Badge } from "../../../kit/States";
import { priorities } from "../../../text/codes";
import { kindsText } from "../../../text/kinds";
import { useText } from "../../../text/words";
import type { TaskType, TriggerKind } from "./kinds";
import styles from "./kinds.module.css";
import { useKindName, useTypeName } from "./useKindNames";

const DAY_S = 86_400;

/** What of a type of tasks is seen at a glance. */
export function useTypeColumns(): readonly ColumnOf<TaskType>[] {
  const t = useText(kindsText);
  const priority = useText(priorities);
  const nameOf = useKindName();
  return [
    { id: "name", title: t("name"), cell: (one) => <strong>{nameOf(one)}</strong> },
    { id: "code", title: t("code"), cell: (one) => one.name },
    { id: "priority", title: t("priority"), width: 90, cell: (one) => priority(one.priority) },
    { id: "due", title: t("due"), width: 130, cell: (one) => <Span of={one.times.due_s} /> },
    {
      id: "contact",
      title: t("contact"),
      width: 130,
      cell: (one) => <Span of={one.times.contact_s} />,
    },
    {
      id: "close",
      title: t("close"),
      width: 140,
      cell: (one) => <Days of={one.times.close_working_days} />,
    },
    {
      id: "results",
      title: t("resultCount"),
      width: 90,
      align: "end",
      cell: (one) => one.results.length,
    },
    { id: "origin", title: t("origin"), width: 110, cell: (one) => <Origin of={one} /> },
  ];
}

/** What of a kind of triggers is seen at a glance. */
export function useTriggerColumns(): readonly ColumnOf<TriggerKind>[] {
  const t = useText(kindsText);
  const priority = useText(priorities);
  const nameOf = useKindName();
  const typeName = useTypeName();
  return [
    { id: "name", title: t("name"), cell: (one) => <strong>{nameOf(one)}</strong> },
    { id: "code", title: t("code"), cell: (one) => one.name },
    { id: "task", title: t("task"), cell: (one) => typeName(one.own_type ?? one.type) },
    { id: "threshold", title: t("threshold"), cell: (one) => <Threshold of={one.threshold} /> },
    {
      id: "priority",
      title: t("priority"),
      width: 110,
      cell: (one) => (one.priority === null ? t("asType") : priority(one.priority)),
    },
    {
      id: "contact",
      title: t("contact"),
      width: 120,
      cell: (one) => <Span of={one.times?.contact_s ?? null} />,
    },
    {
      id: "close",
      title: t("close"),
      width: 130,
      cell: (one) => <Days of={one.times?.close_working_days ?? null} />,
    },
    {
      id: "origin",
      title: t("origin"),
      width: 100,
      cell: (one) => <Origin of={one} />,
    },
  ];
}

/** A type on a phone. */
export function TypeCard({ type }: { type: TaskType }) {
  const t = useText(kindsText);
  const priority = useText(priorities);
  const nameOf = useKindName();
  return (
    <>
      <div className={styles.cardLine}>
        <strong>{nameOf(type)}</strong>
        <Origin of={type} />
      </div>
      <span className={styles.quiet}>
        {priority(type.priority)} · {t("resultCount")} {type.results.length}
      </span>
    </>
  );
}

/** A kind on a phone. */
export function TriggerCard({ kind }: { kind: TriggerKind }) {
  const nameOf = useKindName();
  const typeName = useTypeName();
  return (
    <>
      <div className={styles.cardLine}>
        <strong>{nameOf(kind)}</strong>
        <Origin of={kind} />
      </div>
      <span className={styles.quiet}>
        {typeName(kind.own_type ?? kind.type)} · <Threshold of={kind.threshold} />
      </span>
    </>
  );
}

function Threshold({ of }: { of: TriggerKind["threshold"] }) {
  const t = useText(kindsText);
  const format = useFormat();
  if (of === null) return t("always");
  const unit = of.measure === "fall_percent" ? " %" : "";
  const limits = [
    of.above === null ? null : `> ${format.number(of.above, 2)}${unit}`,
    of.at_most === null ? null : `≤ ${format.number(of.at_most, 2)}${unit}`,
  ];
  return `${of.fact} ${limits.filter((one) => one !== null).join(" · ")}`;
}

/** Whole days as days: nobody counts 168 hours. */
function Span({ of }: { of: number | null }) {
  const t = useText(kindsText);
  const format = useFormat();
  const isDays = of !== null && of > 0 && of % DAY_S === 0;
  return isDays ? t("daysSpan", { count: of / DAY_S }) : format.span(of);
}

function Days({ of }: { of: number | null }) {
  const t = useText(kindsText);
  return of === null ? "–" : t("workingDays", { count: of });
}

/** Whether it is as it was shipped, edited, or one's own. */
function Origin({ of }: { of: TaskType | TriggerKind }) {
  const t = useText(kindsText);
  if (!of.is_built_in) return <Badge tone="accent">{t("own")}</Badge>;
  return (
    <Badge tone={of.is_edited ? "warn" : "neutral"}>{t(of.is_edited ? "edited" : "builtIn")}</Badge>
  );
}
