"""What is left out of a transcript."""

from __future__ import annotations

import pytest

from recordings.transcription.spans import Span, left_out, sample_ranges
from voicegw.model.recording import Channel, MarkKind, RecordingMark

M, C = Channel.MANAGER, Channel.CUSTOMER


def marks(*told: tuple[MarkKind, float] | tuple[MarkKind, float, Channel]) -> list[RecordingMark]:
    return [RecordingMark(one[0], one[1], one[2] if len(one) == 3 else None) for one in told]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([], []),
        ([(MarkKind.BRIDGE, 0.0), (MarkKind.NOTICE, -3.0)], []),
        ([(MarkKind.PAUSE, 2.0), (MarkKind.RESUME, 5.0)], [Span(2.0, 5.0)]),
        ([(MarkKind.RESUME, 5.0), (MarkKind.PAUSE, 2.0)], [Span(2.0, 5.0)]),
        ([(MarkKind.PAUSE, 2.0)], [Span(2.0, None)]),
        ([(MarkKind.RESUME, 2.0), (MarkKind.UNHOLD, 3.0)], []),
        ([(MarkKind.PAUSE, -2.0), (MarkKind.RESUME, 1.0)], [Span(0.0, 1.0)]),
        ([(MarkKind.PAUSE, -2.0), (MarkKind.RESUME, -1.0)], []),
        (
            [(MarkKind.HOLD, 1.0, M), (MarkKind.HOLD, 2.0, C), (MarkKind.UNHOLD, 3.0, M),
             (MarkKind.UNHOLD, 4.0, C), (MarkKind.HOLD, 6.0, M), (MarkKind.UNHOLD, 7.0, M)],
            [Span(1.0, 4.0), Span(6.0, 7.0)],
        ),
        (
            [(MarkKind.PAUSE, 1.0), (MarkKind.HOLD, 2.0, M), (MarkKind.RESUME, 3.0),
             (MarkKind.UNHOLD, 4.0, M)],
            [Span(1.0, 4.0)],
        ),
        ([(MarkKind.HOLD, 1.0, M), (MarkKind.HOLD, 2.0, M), (MarkKind.UNHOLD, 3.0, M)],
         [Span(1.0, 3.0)]),
    ],
)  # fmt: skip
def test_pauses_and_holds_are_left_out(
    told: list[tuple[MarkKind, float]], expected: list[Span]
) -> None:
    assert left_out(marks(*told)) == expected


def test_samples_are_left_out_whole() -> None:
    spans = [Span(0.0001, 0.5), Span(0.9, 5.0), Span(2.0, None)]
    assert sample_ranges(spans, 8000, 8000) == [(0, 4000), (7200, 8000)]
    assert sample_ranges([Span(0.50001, 0.50002)], 8000, 8000) == [(4000, 4001)]
