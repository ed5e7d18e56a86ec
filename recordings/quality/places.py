"""Where phrases were said in what one side said, or may have said. Pure.

What was written down is searched first. A phrase that is not found there is looked for in other
texts that the recogniser weighed: what stands in few of them is for a person, in more it was said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from recordings.quality.likely_texts import likely_texts
from recordings.quality.match import FOUND, Match
from recordings.quality.phrases import Phrase, PhraseSet
from recordings.quality.spoken import SpokenText, spoken_text
from voicegw.model.transcript import Segment

_SAID: Final = 0.15
"""In so many of the likely texts a phrase must be found to have been said."""
_FOR_A_PERSON: Final = 0.1
"""In so many of them it must be found, or nearly, for a person to listen."""


class Side:
    """What one side of a talk said: its segments, their text, and what they may be as well."""

    def __init__(self, segments: Sequence[Segment], others: Sequence[Segment] = ()) -> None:
        """Take the segments of one side in order of time, and those of the other."""
        self.segments = segments
        self.text: SpokenText = spoken_text(segments, others)
        self._others = others

    @cached_property
    def likely(self) -> list[tuple[SpokenText, float]]:
        """What it may have said, each text with its share."""
        return likely_texts(self.segments, self._others)


@dataclass(frozen=True, slots=True)
class Place:
    """A place that sounds like a phrase, in `text`.

    `likelihood` is in how much of what may have been said it was found, 0 to 1; None where it
    stands in what was written down.
    """

    text: SpokenText
    match: Match
    likelihood: float | None = None

    @property
    def start_s(self) -> float:
        """When it begins, in seconds of the recording's clock."""
        return self.text.time_at(self.match.start)

    @property
    def end_s(self) -> float:
        """When it ends."""
        return self.text.time_at(self.match.end - 1, end=True)

    @property
    def evidence(self) -> str:
        """The segments it stands in."""
        return self.text.evidence(self.match.start, self.match.end)


def places(phrases: Sequence[Phrase], side: Side) -> Iterator[tuple[int, Place]]:
    """Yield the number of a phrase and a place that sounds like it."""
    found: set[int] = set()
    for row, match in PhraseSet(phrases).matches(side.text):
        if match.is_found:
            found.add(row)
        yield row, Place(side.text, match)
    missing = [row for row in range(len(phrases)) if row not in found]
    if not missing or not side.likely:
        return
    wanted = PhraseSet([phrases[row] for row in missing])
    heard: dict[int, list[Place]] = {}
    for text, share in side.likely:
        for number, match in wanted.matches(text):
            if match.is_found or match.is_unsure:
                heard.setdefault(missing[number], []).append(Place(text, match, share))
    for row, likely in heard.items():
        for place in _weighed(likely):
            yield row, place


def _weighed(likely: Sequence[Place]) -> Iterator[Place]:
    """Yield the places of one phrase in likely texts, those about the same words as one."""
    left = sorted(likely, key=lambda one: -one.match.score)
    while left:
        best = left[0]
        same = [one for one in left if _overlap(one, best)]
        left = [one for one in left if not _overlap(one, best)]
        shares = {id(one.text): one.likelihood or 0.0 for one in same}
        sure = {id(one.text): one.likelihood or 0.0 for one in same if one.match.is_found}
        likelihood = sum(sure.values())
        if likelihood >= _SAID:
            yield replace(best, likelihood=likelihood)
        elif sum(shares.values()) >= _FOR_A_PERSON:
            unsure = replace(best.match, score=min(best.match.score, FOUND - 1))
            yield Place(best.text, unsure, likelihood)


def _overlap(one: Place, other: Place) -> bool:
    return (one.start_s < other.end_s and other.start_s < one.end_s) or one is other
