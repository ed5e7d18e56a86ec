import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { problemFrom } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import { useFormat } from "../../../kit/format";
import { Badge, Failed, Skeleton } from "../../../kit/States";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import { DiffView } from "./DiffView";
import { versionQuery, versionsQuery } from "./flows";
import styles from "./flows.module.css";
import type { FlowDeskState } from "./useFlowDesk";

/** Every version, and how it differs from the text; any may be loaded again. */
export function FlowVersions({
  name,
  desk,
  onLoaded,
}: {
  name: string;
  desk: FlowDeskState;
  onLoaded(): void;
}) {
  const t = useText(flowsText);
  const format = useFormat();
  const { data, error, refetch } = useQuery(versionsQuery(name));
  const [shown, setShown] = useState<number | null>(null);
  const problem = problemFrom(error);
  // One that never was has none; one that was deleted has those from before.
  if (problem?.status === 404) return <p className={styles.quiet}>{t("noVersions")}</p>;
  if (problem !== null) return <Failed problem={problem} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton rows={4} />;
  return (
    <ol className={styles.versions}>
      {data.items.map((one) => (
        <li key={one.version} className={styles.version}>
          <button
            type="button"
            className={styles.versionHead}
            aria-expanded={shown === one.version}
            onClick={() => setShown(shown === one.version ? null : one.version)}
          >
            <strong>{t("versionOf", { version: one.version })}</strong>
            {one.version === desk.version && <Badge tone="good">{t("inForce")}</Badge>}
            <span className={styles.quiet}>{format.dateTime(one.created_at)}</span>
          </button>
          {shown === one.version && (
            <Version name={name} version={one.version} desk={desk} onLoaded={onLoaded} />
          )}
        </li>
      ))}
    </ol>
  );
}

function Version({
  name,
  version,
  desk,
  onLoaded,
}: {
  name: string;
  version: number;
  desk: FlowDeskState;
  onLoaded(): void;
}) {
  const t = useText(flowsText);
  const { data, error } = useQuery(versionQuery(name, version));
  const problem = problemFrom(error);
  if (problem !== null) return <Failed problem={problem} />;
  if (data === undefined) return <Skeleton rows={3} />;
  const { source } = data.data;
  return (
    <>
      <DiffView before={source} after={desk.source} />
      {desk.mayWrite && source !== desk.source && (
        <div className={styles.buttons}>
          <Button
            onPress={() => {
              desk.setSource(source);
              onLoaded();
            }}
          >
            {t("restore")}
          </Button>
        </div>
      )}
    </>
  );
}
