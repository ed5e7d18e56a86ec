"""Which parts of a recording are not to be transcribed: while it was paused or on hold. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from voicegw.model.recording import MarkKind, RecordingMark

_BEGINNINGS: Final = {MarkKind.PAUSE: MarkKind.RESUME, MarkKind.HOLD: MarkKind.UNHOLD}
_ENDINGS: Final = frozenset(_BEGINNINGS.values())


class Span(msgspec.Struct, frozen=True):
    """From `start_s` up to `end_s`, in seconds of the recording's clock; None: to its end."""

    start_s: float
    end_s: float | None


def left_out(marks: Iterable[RecordingMark]) -> list[Span]:
    """Return the spans that `marks` leave out, in order and apart from each other.

    Both sides are left out whoever held: the recording is silent on both. Each side holds for
    itself, and the span ends when neither does. What never ends lasts to the end.
    """
    running: set[tuple[MarkKind, str | None]] = set()
    spans: list[Span] = []
    since_s = 0.0
    for mark in sorted(marks, key=lambda one: one.at_s):
        before = bool(running)
        if mark.kind in _BEGINNINGS:
            running.add((_BEGINNINGS[mark.kind], mark.channel))
        elif mark.kind in _ENDINGS:
            running.discard((mark.kind, mark.channel))
        if running and not before:
            since_s = mark.at_s
        elif before and not running and mark.at_s > max(since_s, 0.0):
            spans.append(Span(max(since_s, 0.0), mark.at_s))
    if running:
        spans.append(Span(max(since_s, 0.0), None))
    return spans


def sample_ranges(spans: Sequence[Span], rate_hz: int, count: int) -> list[tuple[int, int]]:
    """Return `spans` as ranges of samples within `count` samples; partial samples are left out."""
    ranges = []
    for span in spans:
        start = int(span.start_s * rate_hz)
        stop = count if span.end_s is None else min(int(-(-span.end_s * rate_hz // 1)), count)
        if stop > start:
            ranges.append((start, stop))
    return ranges
