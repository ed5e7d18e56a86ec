import { useQuery } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { type Problem, problemFrom } from "../../../api/problem";
import { useFormat } from "../../../kit/format";
import { Badge, Empty, Failed, Skeleton } from "../../../kit/States";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import type { Player } from "../player/usePlayer";
import { type Finding, findingsQuery, qualityQuery, type Recording } from "../queries";
import { isFault, TONES, useFindingText, useFindingTitle } from "../useFindingText";
import { Measures } from "./Measures";
import styles from "./Record.module.css";

/** What the automatic check found: faults first, then the script's statements with their times. */
export function FindingsPanel({
  recording,
  findings,
  player,
}: {
  recording: Recording;
  findings: readonly Finding[];
  player: Player;
}) {
  const t = useText(reviewText);
  const format = useFormat();
  const quality = useQuery(qualityQuery(recording.id));
  // Asked for by the page, which has the findings; here for how that went.
  const asked = useQuery(findingsQuery(recording.id));
  const problem = problemFrom(asked.error) ?? otherThanMissing(problemFrom(quality.error));
  if (problem !== null) {
    const again = (): void => {
      void asked.refetch();
      void quality.refetch();
    };
    return <Failed problem={problem} onRetry={again} />;
  }
  if (asked.isPending || quality.isPending) return <Skeleton rows={4} height="3.5rem" />;
  const faults = findings.filter(isFault);
  const others = findings.filter((finding) => !isFault(finding));
  const isChecked = quality.data !== undefined;
  return (
    <div className={styles.panel}>
      {isChecked && (
        <div className={styles.score}>
          <span>{t("autoScore")}</span>
          <strong>{format.number(quality.data.score)}</strong>
        </div>
      )}
      {faults.length === 0 && (
        <Empty icon={CircleCheck} title={t(isChecked ? "noFaults" : "notChecked")} />
      )}
      <FindingList findings={faults} player={player} />
      {others.length > 0 && (
        <>
          <h3>{t("saidAsAsked")}</h3>
          <FindingList findings={others} player={player} />
        </>
      )}
      {isChecked && <Measures quality={quality.data} />}
    </div>
  );
}

/** A talk that was not checked has no result: that is no failure. */
function otherThanMissing(problem: Problem | null): Problem | null {
  return problem?.status === 404 ? null : problem;
}

function FindingList({ findings, player }: { findings: readonly Finding[]; player: Player }) {
  return (
    <ul className={styles.findings}>
      {findings.map((finding) => (
        <li key={finding.id}>
          <FindingRow finding={finding} player={player} />
        </li>
      ))}
    </ul>
  );
}

function FindingRow({ finding, player }: { finding: Finding; player: Player }) {
  const t = useText(reviewText);
  const text = useFindingText();
  const titleOf = useFindingTitle();
  const format = useFormat();
  const isSaid = finding.kind === "statement-said";
  const detail = text.detail(finding);
  return (
    <button
      type="button"
      className={styles.finding}
      data-current={finding.id === player.findingId || undefined}
      disabled={finding.start_s === null}
      onClick={() => player.openFinding(finding)}
    >
      <span className={styles.when}>{format.clock(finding.start_s)}</span>
      <span className={styles.what}>
        <span className={styles.title}>
          {titleOf(finding)}
          <Badge tone={isSaid ? "good" : TONES[finding.severity]}>
            {isSaid ? t("said") : text.severity(finding.severity)}
          </Badge>
        </span>
        {finding.evidence !== "" && <q className={styles.evidence}>{finding.evidence}</q>}
        {/* Whoever looks for such evidence in the text does not find it. */}
        {(finding.evidence === "" || finding.reason === "alternative") && detail !== "" && (
          <span className={styles.evidence}>{detail}</span>
        )}
      </span>
    </button>
  );
}
