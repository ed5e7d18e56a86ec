import type { Schema } from "../../../../api/client";
import { Card, Facts } from "../../../../kit/Card";
import { useFormat } from "../../../../kit/format";
import { keptNames, queueNames, systemText } from "../../../../text/system";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { AlertList } from "./AlertList";
import { Parts } from "./Parts";
import styles from "./system.module.css";
import { Tiles } from "./Tiles";
import { Verdict } from "./Verdict";
import { codeText } from "./words";

type System = Schema<"SystemView">;

/** The node at a glance: well or not, what waits, what runs. */
export function Overview({
  system,
  alerts,
}: {
  system: System;
  alerts: readonly Schema<"AlertView">[];
}) {
  const t = useText(systemText);
  const degraded = system.parts.filter((part) => part.state !== "ready").length;
  return (
    <div className={parts.stack}>
      <Verdict isReady={system.ready} troubles={Math.max(alerts.length, degraded)} />
      <Tiles system={system} />
      <div className={styles.halves}>
        <div className={parts.stack}>
          <Card title={t("alerts")} detail={alerts.length > 0 ? alerts.length : undefined}>
            <AlertList alerts={alerts} />
          </Card>
          <Queues system={system} />
          <Kept kept={system.kept_for} />
        </div>
        <div className={parts.stack}>
          <Parts parts={system.parts} />
          <About system={system} />
        </div>
      </div>
    </div>
  );
}

function Queues({ system }: { system: System }) {
  const t = useText(systemText);
  const name = useText(queueNames);
  const format = useFormat();
  const queues = [{ name: "recordings", waiting: system.recordings_backlog }, ...system.queues];
  return (
    <Card title={t("queues")}>
      <ul className={styles.queues}>
        {queues.map((queue) => (
          <li key={queue.name} className={queue.waiting > 0 ? styles.busy : ""}>
            <span>{codeText(queueNames, name, queue.name)}</span>
            <span>{format.number(queue.waiting)}</span>
          </li>
        ))}
      </ul>
      {system.queues.length === 0 && <p className={parts.muted}>{t("notLookedYet")}</p>}
    </Card>
  );
}

function About({ system }: { system: System }) {
  const t = useText(systemText);
  const format = useFormat();
  const behind = format.span(system.journal_behind_s);
  const events = system.outlets.map(
    (one) =>
      `${one.name}: ${
        one.behind_events > 0 ? t("eventsBehind", { count: one.behind_events }) : t("upToDate")
      }`,
  );
  return (
    <Card title={t("about")}>
      <Facts
        facts={[
          { label: t("node"), value: system.node },
          { label: t("version"), value: system.version },
          { label: t("database"), value: system.store || "–" },
          { label: "Python", value: system.python },
          { label: t("startedAt"), value: format.dateTime(system.started_at) },
          {
            label: t("journal"),
            value: `${format.bytes(system.journal_backlog_bytes)} · ${t("behind", { span: behind })}`,
          },
          { label: t("outlets"), value: events.length > 0 ? events.join(" · ") : "–" },
        ]}
      />
    </Card>
  );
}

function Kept({ kept }: { kept: System["kept_for"] }) {
  const t = useText(systemText);
  const name = useText(keptNames);
  const span = (what: string, days: number): string => {
    if (days > 0) return t("days", { count: days });
    return what === "anonymise" ? t("never") : t("forEver");
  };
  return (
    <Card title={t("keptFor")}>
      <Facts
        facts={kept.map((one) => ({
          label: codeText(keptNames, name, one.what),
          value: span(one.what, one.days),
        }))}
      />
      <p className={parts.muted}>{t("keptForHelp")}</p>
    </Card>
  );
}
