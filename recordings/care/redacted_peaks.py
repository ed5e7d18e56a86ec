"""Wave forms without what a redaction covers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, floor
from typing import Final

from recordings.finishing.peaks import Peaks
from voicegw.model.recording import Channel, RedactedSpan

BEEP_POINT: Final = (-13, 12)
"""What the beep of a redacted copy (-20 dBFS) measures, in the eight bits of a wave form."""
_COLUMNS: Final = {None: slice(0, 2), Channel.CUSTOMER: slice(0, 1), Channel.MANAGER: slice(1, 2)}


def without_spans(peaks: Peaks, spans: Sequence[RedactedSpan]) -> Peaks:
    """Return `peaks` with the beep in every point that one of `spans` touches, if only in part."""
    points = peaks.points.copy()
    per_s = peaks.sample_rate_hz / peaks.samples_per_point
    for span in spans:
        first, last = floor(span.start_s * per_s), ceil(span.end_s * per_s)
        points[first:last, _COLUMNS[span.channel]] = BEEP_POINT
    return replace(peaks, points=points)
