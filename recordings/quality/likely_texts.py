"""What one side may have said: texts drawn from what the recogniser weighed. Pure.

A sentence goes over several segments, and each of them may be another text than the one that was
written down. Their combinations are too many to look at; some are drawn, each segment's text as
often as it is probable. The draws are no game of chance: the same transcript gives the same texts.
They are the rows of an orthogonal array, OA(16, 5, 4, 2) by Bush's construction (1952): of any two
among five neighbouring segments, every quarter of one meets every quarter of the other once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from recordings.quality.spoken import SpokenText, spoken_text
from voicegw.model.transcript import Segment

DRAWS: Final = 16
"""How many texts are drawn."""
_TWICE, _THRICE = (0, 2, 3, 1), (0, 3, 1, 2)
"""Products in the field of four elements, where XOR adds."""
_ARRAY: Final = [(x, y, x ^ y, x ^ _TWICE[y], x ^ _THRICE[y]) for x in range(4) for y in range(4)]
"""The array: a row for each draw, the quarter that each of five segments is drawn from."""


def likely_texts(
    segments: Sequence[Segment], others: Sequence[Segment] = ()
) -> list[tuple[SpokenText, float]]:
    """Return what the `segments` of one side may be, each with its share of the draws.

    Empty where the recogniser tells no alternatives. `others` are the other side's segments.
    """
    if not any(one.alternatives for one in segments):
        return []
    drawn = Counter(
        tuple(_drawn(segment, _level(draw, number)) for number, segment in enumerate(segments))
        for draw in range(DRAWS)
    )
    return [
        (spoken_text([_as(one, at) for one, at in zip(segments, texts, strict=True)], others),
         count / DRAWS)
        for texts, count in drawn.items()
    ]  # fmt: skip


def _level(draw: int, number: int) -> float:
    """Return where `draw` meets the segment of this number, 0 to 1; all draws are evenly spread."""
    row = _ARRAY[draw]
    quarter, within = row[number % len(row)], row[(number + 1) % len(row)]
    return (4 * quarter + within + 0.5) / DRAWS


def _drawn(segment: Segment, at: float) -> int:
    """Return the alternative at `at`, 0 to 1, in the row of all texts; -1 for the text itself.

    Each takes as much of the row as it is probable; the text itself has what the others leave.
    """
    for number, one in enumerate(segment.alternatives):
        at -= one.probability
        if at < 0.0:
            return number
    return -1


def _as(segment: Segment, number: int) -> Segment:
    if number < 0:
        return segment
    return msgspec.structs.replace(segment, text=segment.alternatives[number].text, words=[])
