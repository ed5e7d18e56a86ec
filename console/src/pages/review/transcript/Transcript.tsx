import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDownToLine, ChevronDown, ChevronUp } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { Button } from "../../../kit/Button";
import { TextField } from "../../../kit/Field";
import { useShortcut } from "../../../kit/shortcuts";
import { reviewText } from "../../../text/review";
import { useText } from "../../../text/words";
import { usePlayback } from "../player/transport";
import type { Player } from "../player/usePlayer";
import type { Finding, Segment } from "../queries";
import { heardAt, linesOf, linesWith } from "./lines";
import styles from "./Transcript.module.css";
import { TranscriptLine } from "./TranscriptLine";

const LINE_PX = 56;

/** What was said, following the sound; only lines in sight are in the page. */
export function Transcript({
  segments,
  findings,
  player,
}: {
  segments: readonly Segment[];
  findings: readonly Finding[];
  player: Player;
}) {
  const t = useText(reviewText);
  const { transport } = player;
  const lines = useMemo(() => linesOf(segments, findings), [segments, findings]);
  const heard = usePlayback(transport, ({ timeS }) => heardAt(lines, timeS).line);
  const frame = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState(0);
  // By line, not in it: a line that is scrolled out of sight is no more.
  const [opened, setOpened] = useState<ReadonlyMap<number, boolean>>(new Map());
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => frame.current,
    estimateSize: () => LINE_PX,
    overscan: 8,
  });
  const { follows, setFollows } = useFollowing(frame, heard, (line) =>
    rows.scrollToIndex(line, { align: "center" }),
  );
  const focusLine = (line: number): void => {
    const within = Math.min(Math.max(0, line), lines.length - 1);
    setFocused(within);
    rows.scrollToIndex(within);
    requestAnimationFrame(() => {
      frame.current?.querySelector<HTMLElement>(`[data-index="${within}"] [data-start]`)?.focus();
    });
  };
  const show = (line: number): void => {
    setFollows(false);
    setFocused(line);
    rows.scrollToIndex(line, { align: "center" });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    setFollows(false);
    focusLine(focused + step);
  };
  return (
    <div className={styles.transcript}>
      <Search lines={lines} onFound={show} />
      <div
        ref={frame}
        className={styles.frame}
        role="log"
        aria-live="off"
        aria-label={t("transcript")}
        onKeyDown={onKeyDown}
        data-testid="transcript"
      >
        <div className={styles.lines} style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const line = lines[index];
            return line === undefined ? null : (
              <div
                key={index}
                ref={rows.measureElement}
                data-index={index}
                className={styles.row}
                style={{ transform: `translateY(${start}px)` }}
              >
                <TranscriptLine
                  line={line}
                  index={index}
                  lines={lines}
                  player={player}
                  isTabStop={index === focused}
                  isOpen={opened.get(index) ?? line.isFoundInAlternative}
                  onFocus={() => setFocused(index)}
                  onOpen={(isOpen) => setOpened(new Map(opened).set(index, isOpen))}
                />
              </div>
            );
          })}
        </div>
      </div>
      {!follows && heard >= 0 && (
        <div className={styles.follow}>
          <Button icon={ArrowDownToLine} onPress={() => setFollows(true)}>
            {t("follow")}
          </Button>
        </div>
      )}
    </div>
  );
}

/** The text follows the sound until the reader scrolls; asked to, it follows again. */
function useFollowing(
  frame: React.RefObject<HTMLDivElement | null>,
  heard: number,
  show: (line: number) => void,
) {
  const [follows, setFollows] = useState(true);
  const latest = useRef(show);
  useEffect(() => {
    latest.current = show;
  });
  useEffect(() => {
    if (follows && heard >= 0) latest.current(heard);
  }, [follows, heard]);
  useEffect(() => {
    const box = frame.current;
    const stop = (): void => setFollows(false);
    box?.addEventListener("wheel", stop, { passive: true });
    box?.addEventListener("touchmove", stop, { passive: true });
    return () => {
      box?.removeEventListener("wheel", stop);
      box?.removeEventListener("touchmove", stop);
    };
  }, [frame]);
  return { follows, setFollows };
}

function Search({
  lines,
  onFound,
}: {
  lines: ReturnType<typeof linesOf>;
  onFound(line: number): void;
}) {
  const t = useText(reviewText);
  const [text, setText] = useState("");
  const [place, setPlace] = useState(-1);
  const box = useRef<HTMLElement>(null);
  const found = useMemo(() => linesWith(lines, text), [lines, text]);
  useShortcut("/", t("findInText"), () => box.current?.querySelector("input")?.focus());
  const go = (step: 1 | -1): void => {
    if (found.length === 0) return;
    const next = (Math.max(place, step === 1 ? -1 : 0) + step + found.length) % found.length;
    setPlace(next);
    onFound(found[next] ?? 0);
  };
  return (
    <search
      ref={box}
      className={styles.search}
      onKeyDown={(event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        go(event.shiftKey ? -1 : 1);
      }}
    >
      <TextField
        label={t("findInText")}
        hideLabel
        type="search"
        placeholder={t("findInText")}
        value={text}
        onChange={(value) => {
          setText(value);
          setPlace(-1);
        }}
      />
      {text !== "" && (
        <>
          <span className={styles.count}>{t("foundLines", { count: found.length })}</span>
          <Button icon={ChevronUp} iconOnly look="quiet" onPress={() => go(-1)}>
            {t("foundBefore")}
          </Button>
          <Button icon={ChevronDown} iconOnly look="quiet" onPress={() => go(1)}>
            {t("foundNext")}
          </Button>
        </>
      )}
    </search>
  );
}
