import { useFormat } from "../../../kit/format";
import { Badge } from "../../../kit/States";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import { usePlayback } from "../player/transport";
import type { Player } from "../player/usePlayer";
import type { Finding } from "../queries";
import { TONES, useFindingTitle } from "../useFindingText";
import { Alternatives, AlternativesButton } from "./Alternatives";
import { heardAt, type Line } from "./lines";
import styles from "./Transcript.module.css";

/**
 * A line: its time (Enter plays from there), its words (pressed, they do too), what was found, and,
 * where it is opened, what else it may be.
 */
export function TranscriptLine({
  line,
  index,
  lines,
  player,
  isTabStop,
  isOpen,
  onFocus,
  onOpen,
}: {
  line: Line;
  index: number;
  lines: readonly Line[];
  player: Player;
  isTabStop: boolean;
  /** Its alternatives are shown. */
  isOpen: boolean;
  onFocus(): void;
  onOpen(isOpen: boolean): void;
}) {
  const t = useText(reviewText);
  const format = useFormat();
  const { transport } = player;
  // -2: another line is heard; only lines that change are drawn anew.
  const heard = usePlayback(transport, ({ timeS }) => {
    const at = heardAt(lines, timeS);
    return at.line === index ? at.word : -2;
  });
  return (
    <div className={styles.line} data-channel={line.channel} data-heard={heard > -2 || undefined}>
      <button
        type="button"
        className={styles.time}
        data-start
        tabIndex={isTabStop ? 0 : -1}
        aria-label={t("playFrom", {
          side: t(line.channel),
          time: format.clock(line.start_s),
          text: line.text,
        })}
        onFocus={onFocus}
        onClick={() => transport.seek(line.start_s)}
      >
        {format.clock(line.start_s)}
      </button>
      <div>
        <div className={styles.side}>
          {t(line.channel)}
          {line.findings.map((finding) => (
            <FindingBadge
              key={finding.id}
              finding={finding}
              isCurrent={finding.id === player.findingId}
            />
          ))}
        </div>
        <p className={styles.words}>
          {line.words.map((word, place) => (
            <button
              key={`${word.start_s} ${word.text}`}
              type="button"
              tabIndex={-1}
              className={styles.word}
              data-heard={place === heard || undefined}
              data-severity={word.severity ?? undefined}
              onClick={() => transport.seek(word.start_s)}
            >
              {line.isSpaced && place > 0 ? ` ${word.text}` : word.text}
            </button>
          ))}
          {line.alternatives.length > 0 && (
            <AlternativesButton
              isOpen={isOpen}
              isTabStop={isTabStop}
              onFocus={onFocus}
              onPress={() => onOpen(!isOpen)}
            />
          )}
        </p>
        {isOpen && line.alternatives.length > 0 && <Alternatives of={line.alternatives} />}
      </div>
    </div>
  );
}

function FindingBadge({ finding, isCurrent }: { finding: Finding; isCurrent: boolean }) {
  const titleOf = useFindingTitle();
  return (
    <span data-current={isCurrent || undefined}>
      <Badge tone={finding.kind === "statement-said" ? "good" : TONES[finding.severity]}>
        {titleOf(finding)}
      </Badge>
    </span>
  );
}
