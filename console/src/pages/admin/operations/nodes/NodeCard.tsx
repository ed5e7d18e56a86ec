import { TriangleAlert } from "lucide-react";
import { Link } from "react-router";
import type { Schema } from "../../../../api/client";
import { Card, type Fact, Facts } from "../../../../kit/Card";
import { useFormat } from "../../../../kit/format";
import { Badge } from "../../../../kit/States";
import { partNames, systemText } from "../../../../text/system";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { Bar } from "../system/Tile";
import { codeText } from "../system/words";
import styles from "./nodes.module.css";

export type NodeView = Schema<"NodeView">;

/** Below this share of the disk its room is shown as scarce. */
const SCARCE = 0.1;

/** One node: whether it is there, what it carries, and what is wrong with it. */
export function NodeCard({ node }: { node: NodeView }) {
  const t = useText(systemText);
  return (
    <Card title={node.name} detail={<NodeBadge node={node} />}>
      <div className={parts.stack}>
        {node.state === "silent" && <p className={styles.silent}>{t("silentHelp")}</p>}
        <NodeFacts node={node} />
        {node.version === null ? (
          <p className={parts.muted}>{t("tellsNothing")}</p>
        ) : (
          <Troubles of={node.parts} />
        )}
        {node.is_own && <Link to="/system">{t("ownDetails")}</Link>}
      </div>
    </Card>
  );
}

function NodeBadge({ node }: { node: NodeView }) {
  const t = useText(systemText);
  const isReady = node.parts.every((part) => part.ready);
  return (
    <span className={styles.badges}>
      {node.state === "silent" ? (
        <Badge tone="bad">{t("silent")}</Badge>
      ) : isReady ? (
        <Badge tone={node.parts.length > 0 ? "warn" : "good"}>
          {t(node.parts.length > 0 ? "limited" : "running")}
        </Badge>
      ) : (
        <Badge tone="bad">{t("takesNoCalls")}</Badge>
      )}
      {node.is_own && <Badge tone="accent">{t("thisNode")}</Badge>}
    </span>
  );
}

function NodeFacts({ node }: { node: NodeView }) {
  const t = useText(systemText);
  const format = useFormat();
  const total = node.recording_total_bytes ?? 0;
  const free = node.recording_free_bytes ?? 0;
  const facts: Fact[] = [
    { label: t("version"), value: node.version ?? "–" },
    { label: t("startedAt"), value: format.dateTime(node.started_at) },
    { label: t("lastHeard"), value: format.relative(node.heard_at) },
    { label: t("liveCalls"), value: format.number(node.live_calls) },
    { label: t("workers"), value: format.number(node.media_workers) },
    {
      label: t("disk"),
      value:
        total === 0 ? (
          format.bytes(node.recording_free_bytes)
        ) : (
          <span className={styles.disk}>
            {format.bytes(free)} <small>{t("ofBytes", { total: format.bytes(total) })}</small>
            <Bar share={free / total} label={t("disk")} isScarce={free / total < SCARCE} />
          </span>
        ),
    },
  ];
  return <Facts facts={facts} />;
}

function Troubles({ of }: { of: NodeView["parts"] }) {
  const t = useText(systemText);
  const name = useText(partNames);
  if (of.length === 0) return <p className={parts.muted}>{t("allReady")}</p>;
  return (
    <ul className={styles.troubles} aria-label={t("partsInTrouble")}>
      {of.map((part) => (
        <li key={part.name} className={part.ready ? styles.degraded : styles.notReady}>
          <TriangleAlert size={16} aria-hidden />
          <span>
            <strong>{codeText(partNames, name, part.name)}</strong> {part.detail}
          </span>
        </li>
      ))}
    </ul>
  );
}
