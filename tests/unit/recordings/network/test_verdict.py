from __future__ import annotations

import pytest

from recordings.network.tones import Tone
from recordings.network.verdict import verdict
from voicegw.model.call import LegReason, ReasonSource

TONE, WORDS = ReasonSource.TONE, ReasonSource.ANNOUNCEMENT


@pytest.mark.parametrize(
    ("by_code", "tones", "announced", "expected"),
    [
        (LegReason.BUSY, [Tone.BUSY], LegReason.POWERED_OFF, (LegReason.POWERED_OFF, WORDS)),
        (None, [], LegReason.BUSY, (LegReason.BUSY, WORDS)),
        (LegReason.NO_ANSWER, [Tone.BUSY], None, (LegReason.BUSY, TONE)),
        (LegReason.NOT_REACHABLE, [Tone.CONGESTION], None, (LegReason.CONGESTION, TONE)),
        (None, [Tone.UNOBTAINABLE, Tone.BUSY], None, (LegReason.VACANT_NUMBER, TONE)),
        (None, [Tone.BUSY, Tone.RINGBACK], None, (LegReason.BUSY, TONE)),
        (LegReason.NOT_REACHABLE, [Tone.RINGBACK], None, (LegReason.NO_ANSWER, TONE)),
        (None, [Tone.INFORMATION], None, (LegReason.NOT_REACHABLE, TONE)),
        (LegReason.VACANT_NUMBER, [Tone.BUSY], None, None),
        (LegReason.DECLINED, [Tone.BUSY], None, None),
        (LegReason.NO_ANSWER, [Tone.RINGBACK], None, None),
        (LegReason.NO_ANSWER, [Tone.INFORMATION], None, None),
        (LegReason.NO_ANSWER, [], None, None),
        (None, [], None, None),
    ],
)
def test_what_outweighs_what(
    by_code: LegReason | None,
    tones: list[Tone],
    announced: LegReason | None,
    expected: tuple[LegReason, ReasonSource] | None,
) -> None:
    assert verdict(by_code, tones, announced) == expected
