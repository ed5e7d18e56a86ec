import { useMemo } from "react";
import { useManagers } from "../../../api/directory";
import type { ColumnOf } from "../../../kit/DataTable";
import { useFormat } from "../../../kit/format";
import { Badge } from "../../../kit/States";
import { listText } from "../../../text/reviewList";
import { useText } from "../../../text/words";
import type { Recording } from "../queries";
import { TONES, useFindingText } from "../useFindingText";
import styles from "./List.module.css";

/** What the list shows of each recording; with a search also where it was said. */
export function useColumns(isSearched: boolean): readonly ColumnOf<Recording>[] {
  const t = useText(listText);
  const format = useFormat();
  const managers = useManagers();
  return useMemo(() => {
    const matches: ColumnOf<Recording> = {
      id: "matches",
      title: t("matches"),
      width: "2fr",
      cell: (recording) => <Matches recording={recording} />,
    };
    return [
      {
        id: "began",
        title: t("began"),
        width: 150,
        cell: ({ started_at, created_at }) => format.dateTime(started_at ?? created_at),
      },
      {
        id: "manager",
        title: t("manager"),
        width: 150,
        cell: ({ manager_id }) => managers.nameOf(manager_id),
      },
      {
        id: "length",
        title: t("length"),
        width: 80,
        align: "end",
        cell: ({ duration_s }) => format.clock(duration_s),
      },
      {
        id: "score",
        title: t("score"),
        width: 100,
        align: "end",
        cell: ({ check }) => <Score score={check?.score ?? null} />,
      },
      {
        id: "findings",
        title: t("findings"),
        width: "2fr",
        cell: (recording) => <Found recording={recording} />,
      },
      ...(isSearched ? [matches] : []),
    ];
  }, [t, format, managers, isSearched]);
}

/** A recording on a phone: when and who, and below it what was found. */
export function RecordingCard({ recording }: { recording: Recording }) {
  const format = useFormat();
  const managers = useManagers();
  return (
    <div className={styles.card}>
      <div className={styles.cardTop}>
        <strong>{managers.nameOf(recording.manager_id)}</strong>
        <span>
          {format.dateTime(recording.started_at ?? recording.created_at)} ·{" "}
          {format.clock(recording.duration_s)}
        </span>
      </div>
      <Found recording={recording} />
    </div>
  );
}

function Score({ score }: { score: number | null }) {
  const format = useFormat();
  return (
    <span className={styles.score} data-low={(score !== null && score < 60) || undefined}>
      {format.number(score)}
    </span>
  );
}

/** Most kinds of findings that a row names; the rest is a number. */
const NAMED = 3;

function Found({ recording: { check, kind } }: { recording: Recording }) {
  const t = useText(listText);
  const text = useFindingText();
  const kinds = Object.entries(check?.findings ?? {});
  const rest = kinds.slice(NAMED).reduce((sum, [, count]) => sum + count, 0);
  return (
    <span className={styles.found}>
      {kind === "voicemail" && <Badge>{t("voicemail")}</Badge>}
      {!check && <span className={styles.hush}>{t("notChecked")}</span>}
      {check && kinds.length === 0 && <span className={styles.hush}>{t("clean")}</span>}
      {kinds.slice(0, NAMED).map(([name, count]) => (
        <Badge key={name} tone={TONES[check?.severity ?? "info"]}>
          {text.kind(name)}
          {count > 1 && ` ${count}`}
        </Badge>
      ))}
      {rest > 0 && <Badge>+{rest}</Badge>}
    </span>
  );
}

function Matches({ recording }: { recording: Recording }) {
  const format = useFormat();
  const first = recording.matches?.[0];
  if (first === undefined) return null;
  return (
    <span className={styles.match}>
      <span className={styles.hush}>{format.clock(first.start_s)}</span> {first.text}
    </span>
  );
}
