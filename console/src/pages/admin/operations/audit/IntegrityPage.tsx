import { useQuery } from "@tanstack/react-query";
import { FileLock2 } from "lucide-react";
import { useState } from "react";
import { api, dataOf, type Schema } from "../../../../api/client";
import { type Problem, problemFrom } from "../../../../api/problem";
import { Card, Facts } from "../../../../kit/Card";
import { Copy } from "../../../../kit/Copy";
import { useFormat } from "../../../../kit/format";
import { Page } from "../../../../kit/Page";
import { Badge, Empty, Failed, Skeleton, type Tone } from "../../../../kit/States";
import { exportStates, systemText } from "../../../../text/system";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { keys } from "../queries";
import { codeText } from "../system/words";

const DAY_MS = 86_400_000;
const VERIFY = "voicegw recordings verify";
const TONES: Record<Schema<"ExportState">, Tone> = {
  queued: "neutral",
  running: "accent",
  completed: "good",
  failed: "bad",
  expired: "neutral",
};

/** What proves that recordings are as they were made, and what was given away of them. */
export default function IntegrityPage() {
  const t = useText(systemText);
  return (
    <Page title={t("integrity")}>
      <div className={parts.stack}>
        <Card title={t("heads")} detail={t("lastDays")}>
          <Heads />
        </Card>
        <div className={parts.columns}>
          <Card title={t("verify")}>
            <div className={parts.stack}>
              <p>{t("verifyHelp")}</p>
              <div className={parts.secret}>
                <code>{VERIFY}</code>
                <Copy text={VERIFY} />
              </div>
            </div>
          </Card>
          <Card title={t("signingKeys")}>
            <Keys />
          </Card>
        </div>
        <Card title={t("exports")}>
          <Exports />
        </Card>
      </div>
    </Page>
  );
}

/** What stands where something is not there yet. */
function Waiting({ problem, onRetry }: { problem: Problem | null; onRetry(): void }) {
  return problem === null ? <Skeleton rows={3} /> : <Failed problem={problem} onRetry={onRetry} />;
}

function Heads() {
  const t = useText(systemText);
  const format = useFormat();
  const [from] = useState(() => new Date(Date.now() - 3 * DAY_MS).toISOString());
  const { data, error, refetch } = useQuery({
    queryKey: keys.heads,
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/seals/heads", { params: { query: { from, limit: 200 } }, signal })),
  });
  if (data === undefined) {
    return <Waiting problem={problemFrom(error)} onRetry={() => void refetch()} />;
  }
  const newest = [...data.items].reverse();
  return (
    <div className={parts.stack}>
      <p className={parts.muted}>{t("headsHelp")}</p>
      {newest.length === 0 ? (
        <Empty icon={FileLock2} title={t("noHeads")}>
          {t("noHeadsDetail")}
        </Empty>
      ) : (
        <ul className={parts.lines}>
          {newest.map((head) => (
            <li key={`${head.node} ${head.number}`}>
              <span>{format.dateTime(head.signed_at)}</span>
              <span>{head.node}</span>
              <span className={parts.muted}>
                {t("seals")} {format.number(head.number)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Keys() {
  const t = useText(systemText);
  const format = useFormat();
  const { data, error, refetch } = useQuery({
    queryKey: keys.sealKeys,
    queryFn: ({ signal }) => dataOf(api.GET("/v1/seals/keys", { signal })),
  });
  if (data === undefined) {
    return <Waiting problem={problemFrom(error)} onRetry={() => void refetch()} />;
  }
  return (
    <div className={parts.stack}>
      {data.items.map((key) => (
        <Facts
          key={key.key_id}
          facts={[
            { label: t("keyId"), value: <code className={parts.mono}>{key.key_id}</code> },
            { label: t("node"), value: key.node },
            { label: t("createdAt"), value: format.dateTime(key.created_at) },
          ]}
        />
      ))}
    </div>
  );
}

function Exports() {
  const t = useText(systemText);
  const state = useText(exportStates);
  const format = useFormat();
  const { data, error, refetch } = useQuery({
    queryKey: keys.exports,
    queryFn: ({ signal }) =>
      dataOf(api.GET("/v1/exports", { params: { query: { limit: 100 } }, signal })),
  });
  if (data === undefined) {
    return <Waiting problem={problemFrom(error)} onRetry={() => void refetch()} />;
  }
  if (data.items.length === 0) return <p className={parts.muted}>{t("noExports")}</p>;
  return (
    <ul className={parts.lines}>
      {data.items.map((one) => (
        <li key={one.id}>
          <span>{format.dateTime(one.created_at)}</span>
          <span>{one.why}</span>
          <span className={parts.muted}>
            {t("recordings")} {format.number(one.recordings)} · {format.bytes(one.size_bytes)}
          </span>
          <Badge tone={TONES[one.state]}>{codeText(exportStates, state, one.state)}</Badge>
        </li>
      ))}
    </ul>
  );
}
