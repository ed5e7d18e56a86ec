import type { Finding, Recording } from "../queries";
import { useFindingTitle } from "../useFindingText";
import styles from "./Player.module.css";
import type { Span } from "./spans";
import { placeOf } from "./WaveStage";

/** What was found, as pins above the wave form; pressing one plays from there. */
export function Marks({
  findings,
  durationS,
  currentId,
  onOpen,
}: {
  findings: readonly Finding[];
  durationS: number;
  currentId: string | null;
  onOpen(finding: Finding): void;
}) {
  const titleOf = useFindingTitle();
  return (
    <div className={styles.pins}>
      {findings.map((finding) =>
        finding.start_s === null ? null : (
          <button
            key={finding.id}
            type="button"
            // The list of findings goes through them by keyboard, as n and p do.
            tabIndex={-1}
            className={styles.pin}
            style={{ left: leftOf(finding.start_s, durationS) }}
            data-severity={finding.severity}
            data-current={finding.id === currentId || undefined}
            aria-label={titleOf(finding)}
            title={titleOf(finding)}
            onClick={() => onOpen(finding)}
          />
        ),
      )}
    </div>
  );
}

/** A pin as wide as 24 px stays whole at either end; what was heard past the end is at the end. */
function leftOf(startS: number, durationS: number): string {
  const percent = Math.min(100, (100 * startS) / durationS);
  return `clamp(12px, ${percent}%, 100% - 12px)`;
}

/** Times without sound: on hold, not recorded; shaded over both lanes. */
export function Gaps({ recording, durationS }: { recording: Recording; durationS: number }) {
  return gapsOf(recording.marks, durationS).map((gap) => (
    <div
      key={`${gap.kind} ${gap.start_s}`}
      className={styles.gap}
      data-kind={gap.kind}
      style={placeOf(gap, durationS)}
    />
  ));
}

interface Gap extends Span {
  kind: "hold" | "pause";
}

const ENDS: Readonly<Record<string, Gap["kind"]>> = { unhold: "hold", resume: "pause" };

/** Pair each hold and pause with its end; one without an end lasts as long as the recording. */
export function gapsOf(marks: Recording["marks"], durationS: number): Gap[] {
  const gaps: Gap[] = [];
  const open = new Map<string, number>();
  for (const { kind, at_s } of marks) {
    if (kind === "hold" || kind === "pause") {
      if (!open.has(kind)) open.set(kind, at_s);
      continue;
    }
    const ended = ENDS[kind];
    const from = ended === undefined ? undefined : open.get(ended);
    if (ended === undefined || from === undefined) continue;
    open.delete(ended);
    gaps.push({ kind: ended, start_s: Math.max(0, from), end_s: at_s });
  }
  for (const kind of ["hold", "pause"] as const) {
    const from = open.get(kind);
    if (from !== undefined) gaps.push({ kind, start_s: from, end_s: durationS });
  }
  return gaps;
}
