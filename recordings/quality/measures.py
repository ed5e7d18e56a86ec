"""Measures of a talk: who spoke how much, who waited, who broke in. Pure.

They are made of spans in which a side spoke, in seconds of the recording's clock. Whether these
come from a transcript or from the sound's energy makes no difference here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from voicegw.model.finding import Measures, SideMeasures
from voicegw.model.recording import Channel, MarkKind, RecordingMark
from voicegw.model.transcript import Segment

Span = tuple[float, float]

#: Whoever speaks less than this while the other speaks only shows that he listens (嗯, 对).
_ASSENTING_S: Final = 1.0
#: So long both must have spoken at once for one to have broken in.
_OVERLAP_S: Final = 0.3
#: Two spans of one side with less between them are one turn.
_BREATH_S: Final = 1.0


def merged(spans: Iterable[Span], gap_s: float = 0.0) -> list[Span]:
    """Return the spans in order, those that overlap or lie within `gap_s` of each other as one."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if result and start - result[-1][1] <= gap_s:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return result


def without(spans: Sequence[Span], holes: Sequence[Span]) -> list[Span]:
    """Return what is left of merged `spans` outside of merged `holes`."""
    result = []
    for start, end in spans:
        at = start
        for hole_start, hole_end in holes:
            if hole_end <= at or hole_start >= end:
                continue
            if hole_start > at:
                result.append((at, hole_start))
            at = max(at, hole_end)
        if at < end:
            result.append((at, end))
    return result


def both(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """Return where merged spans of two sides overlap."""
    result = []
    first = second = 0
    while first < len(one) and second < len(other):
        start = max(one[first][0], other[second][0])
        end = min(one[first][1], other[second][1])
        if start < end:
            result.append((start, end))
        if one[first][1] <= other[second][1]:
            first += 1
        else:
            second += 1
    return result


def length_s(spans: Iterable[Span]) -> float:
    """Return how long spans are together, seconds."""
    return sum(end - start for start, end in spans)


def marked_spans(
    marks: Sequence[RecordingMark], begin: MarkKind, end: MarkKind, duration_s: float
) -> list[Span]:
    """Return the spans between marks of these kinds; one that is not ended lasts to the end.

    Holds of both sides may overlap: a span ends when as many ended as had begun.
    """
    result: list[Span] = []
    depth = 0
    since = 0.0
    for mark in sorted(marks, key=lambda one: one.at_s):
        if mark.kind is begin:
            if depth == 0:
                since = mark.at_s
            depth += 1
        elif mark.kind is end and depth > 0:
            depth -= 1
            if depth == 0:
                result.append((max(0.0, since), mark.at_s))
    if depth:
        result.append((max(0.0, since), duration_s))
    return merged(result)


def measures(
    *,
    duration_s: float,
    spoken: Mapping[Channel, Sequence[Span]],
    marks: Sequence[RecordingMark] = (),
    segments: Sequence[Segment] = (),
) -> Measures:
    """Return what is measured of a talk of `duration_s`, `spoken` by side.

    `segments` give the speaking rates, None without them. Holds and pauses count as neither speech
    nor silence.
    """
    holds = marked_spans(marks, MarkKind.HOLD, MarkKind.UNHOLD, duration_s)
    pauses = marked_spans(marks, MarkKind.PAUSE, MarkKind.RESUME, duration_s)
    away = merged([*holds, *pauses])
    sides = {side: without(merged(spoken.get(side, ())), away) for side in Channel}
    heard = merged([*sides[Channel.CUSTOMER], *sides[Channel.MANAGER]])
    silences = without(without([(0.0, duration_s)] if duration_s > 0 else [], away), heard)
    overlap = both(sides[Channel.CUSTOMER], sides[Channel.MANAGER])
    anybody_s = length_s(heard)
    return Measures(
        duration_s=round(duration_s, 2),
        silence_s=round(length_s(silences), 2),
        longest_silence_s=round(max((end - start for start, end in silences), default=0.0), 2),
        hold_s=round(length_s(holds), 2),
        pause_s=round(length_s(pauses), 2),
        overlap_s=round(length_s(overlap), 2),
        customer=_side(Channel.CUSTOMER, sides, anybody_s, segments),
        manager=_side(Channel.MANAGER, sides, anybody_s, segments),
    )


def _side(
    side: Channel,
    sides: dict[Channel, list[Span]],
    anybody_s: float,
    segments: Sequence[Segment],
) -> SideMeasures:
    other = Channel.MANAGER if side is Channel.CUSTOMER else Channel.CUSTOMER
    talk_s = length_s(sides[side])
    return SideMeasures(
        talk_s=round(talk_s, 2),
        talk_share=round(talk_s / anybody_s, 3) if anybody_s else 0.0,
        interruptions=interruptions(sides[side], sides[other]),
        longest_monologue_s=round(longest_monologue_s(sides[side], sides[other]), 2),
        rate_per_min=_rate(side, segments),
    )


def interruptions(side: Sequence[Span], other: Sequence[Span]) -> int:
    """Return how often `side` began to speak while the other spoke, and went on."""
    starts = [start for start, _ in other]
    count = 0
    for start, end in merged(side, _BREATH_S / 2):
        index = bisect_left(starts, start) - 1
        if index < 0 or end - start < _ASSENTING_S:
            continue
        if min(other[index][1], end) - start >= _OVERLAP_S:
            count += 1
    return count


def longest_monologue_s(side: Sequence[Span], other: Sequence[Span]) -> float:
    """Return how long `side` spoke at most, the other no more than assenting meanwhile; seconds."""
    words = [span for span in other if span[1] - span[0] >= _ASSENTING_S]
    longest = 0.0
    turn: Span | None = None
    for start, end in side:
        broken = turn is None or start - turn[1] > 3 * _BREATH_S
        if turn is not None and any(turn[1] <= one < start for one, _ in words):
            broken = True
        turn = (start, end) if broken or turn is None else (turn[0], max(turn[1], end))
        longest = max(longest, turn[1] - turn[0])
    return longest


def _rate(side: Channel, segments: Sequence[Segment]) -> float | None:
    """Return characters (Chinese) or words (Latin) a minute of this side's speech."""
    own = [one for one in segments if one.channel is side and one.end_s > one.start_s]
    spoken_s = sum(one.end_s - one.start_s for one in own)
    if spoken_s < _ASSENTING_S:
        return None
    units = sum(_units(one.text) for one in own)
    return round(units * 60 / spoken_s, 1)


def _units(text: str) -> int:
    chinese = sum("\u4e00" <= char <= "\u9fff" for char in text)
    latin = "".join(" " if "\u4e00" <= char <= "\u9fff" else char for char in text).split()
    return chinese + len(latin)
