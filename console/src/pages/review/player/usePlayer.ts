import { useEffect, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import type { Finding, Recording, Segment } from "../queries";
import { neighbour, type Span, silencesOf } from "./spans";
import { Transport } from "./transport";

export interface Player {
  transport: Transport;
  span: Span | null;
  /** Select; a loop goes on with what is selected, and ends with it. */
  setSpan(span: Span | null): void;
  /** Hear what is selected over and over, or not any more. */
  toggleLoop(): void;
  /** The finding that was gone to last. */
  findingId: string | null;
  openFinding(finding: Finding): void;
  stepFinding(step: 1 | -1): void;
}

/** A finding with a place in the sound. */
type Placed = Finding & Span;

const isPlaced = (finding: Finding): finding is Placed =>
  finding.start_s !== null && finding.end_s !== null;

/** Where a listener begins before a finding, so that its first syllable is heard. */
const LEAD_S = 0.4;

/** The sound of a recording, what is selected of it, and its findings to jump between. */
export function usePlayer(
  recording: Recording,
  segments: readonly Segment[],
  findings: readonly Finding[],
): Player {
  const [transport] = useState(() => new Transport());
  const [span, select] = useState<Span | null>(null);
  const [findingId, setFindingId] = useState<string | null>(null);
  const durationS = recording.duration_s ?? 0;
  const url = soundOf(recording);
  const startS = useStart();

  useEffect(() => {
    if (url === null) return undefined;
    transport.load(url, durationS, startS);
    return () => transport.unload();
  }, [transport, url, durationS, startS]);
  useEffect(() => {
    transport.knowSilences(segments.length === 0 ? [] : silencesOf(segments, durationS));
  }, [transport, segments, durationS]);
  usePlaceInUrl(transport);

  const placed = useMemo(
    () => findings.filter(isPlaced).sort((a, b) => a.start_s - b.start_s),
    [findings],
  );
  const openFinding = (finding: Finding): void => {
    setFindingId(finding.id);
    if (finding.start_s !== null) transport.seek(finding.start_s - LEAD_S);
  };
  const stepFinding = (step: 1 | -1): void => {
    const current = placed.find(({ id }) => id === findingId);
    const { timeS } = transport.state;
    // Just before a finding that was gone to, it is behind: else the same one would be the next.
    const isAtIt = current !== undefined && Math.abs(current.start_s - LEAD_S - timeS) <= LEAD_S;
    const at = isAtIt ? current.start_s : timeS;
    const next = neighbour(placed, at, step);
    if (next !== undefined) openFinding(next);
  };
  const setSpan = (next: Span | null): void => {
    select(next);
    if (transport.state.loop !== null) transport.setLoop(next);
  };
  const toggleLoop = (): void => {
    const isLooping = transport.state.loop !== null;
    transport.setLoop(isLooping ? null : span);
    if (!isLooping && span !== null) transport.play();
  };
  return { transport, span, setSpan, toggleLoop, findingId, openFinding, stepFinding };
}

/** The file for listening: the compressed copy where there is one, else the master. */
export function soundOf({ id, status, files }: Recording): string | null {
  if (status !== "completed") return null;
  const listening = files.find(({ kind }) => kind === "listening");
  const format =
    { "audio/ogg": "opus", "audio/mpeg": "mp3" }[listening?.media_type ?? ""] ?? "flac";
  return `/v1/recordings/${encodeURIComponent(id)}/audio?format=${format}`;
}

/** The place that the page was opened at: `?t=` in seconds. */
function useStart(): number {
  const [search] = useSearchParams();
  const [start] = useState(() => Math.max(0, Number(search.get("t")) || 0));
  return start;
}

/** Keep `?t=` at the place when playing stops, so that the address can be passed on. */
function usePlaceInUrl(transport: Transport): void {
  const [, setSearch] = useSearchParams();
  useEffect(() => {
    const note = (): void => {
      const t = transport.state.timeS.toFixed(1);
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          if (t === "0.0") after.delete("t");
          else after.set("t", t);
          return after;
        },
        { replace: true },
      );
    };
    const quiet = (): void => {
      if (transport.audio.paused) note();
    };
    transport.audio.addEventListener("pause", note);
    transport.audio.addEventListener("seeked", quiet);
    return () => {
      transport.audio.removeEventListener("pause", note);
      transport.audio.removeEventListener("seeked", quiet);
    };
  }, [transport, setSearch]);
}
