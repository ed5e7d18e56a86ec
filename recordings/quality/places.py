"""Where phrases were said in what one side said, or may have said. Pure.

What was written down is searched first. A phrase that is not found there is looked for in other
texts that the recogniser weighed: what stands in few of them is for a person, in more it was said.
What was written down speaks against it where another meaning was understood, not just other sounds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from recordings.quality.likely_texts import likely_texts
from recordings.quality.match import FOUND, Match
from recordings.quality.negation import Doubt
from recordings.quality.phrases import Phrase, PhraseSet
from recordings.quality.spoken import SpokenText, spoken_text
from recordings.quality.wording import SHORT
from voicegw.model.transcript import Segment

_SAID: Final = 0.15
"""In so many of the likely texts a phrase must be found to have been said."""
_FOR_A_PERSON: Final = 0.1
"""In so many of them it must be found, or nearly, for a person to listen."""
_RATHER: Final = 0.5
"""In so many of them where what was written down says the opposite."""
_MEANT: Final = frozenset({Doubt.DENIED, Doubt.ASKED, Doubt.TAKEN_BACK, Doubt.PERSON})
"""What the words were understood to mean: no slip of the sound makes a denial of a statement."""


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


def places(
    phrases: Sequence[Phrase], side: Side, meanings: Sequence[str] | None = None
) -> Iterator[tuple[int, Place]]:
    """Yield the number of a phrase and a place that sounds like it.

    `meanings` has a name for what each phrase says: of those that say the same, one that was
    written down is enough. None: each says something else.
    """
    says = meanings if meanings is not None else [str(row) for row in range(len(phrases))]
    written: dict[int, list[Place]] = {}
    for row, match in PhraseSet(phrases).matches(side.text):
        place = Place(side.text, match)
        written.setdefault(row, []).append(place)
        yield row, place
    said = {
        says[row] for row, found in written.items() if any(place.match.is_found for place in found)
    }
    missing = [row for row, meaning in enumerate(says) if meaning not in said]
    if not missing or not side.likely:
        return
    wanted = PhraseSet([phrases[row] for row in missing])
    heard: dict[int, list[Place]] = {}
    for text, share in side.likely:
        for number, match in wanted.matches(text):
            if match.is_found or match.is_unsure:
                heard.setdefault(missing[number], []).append(Place(text, match, share))
    for row, likely in heard.items():
        for place in _weighed(likely, phrases[row], written.get(row, ())):
            yield row, place


def _weighed(likely: Sequence[Place], one: Phrase, written: Sequence[Place]) -> Iterator[Place]:
    """Yield the places of a phrase in `likely` texts, those about the same words as one.

    `written` are its places in what was written down, where it was not found.
    """
    left = sorted(likely, key=lambda place: -place.match.score)
    while left:
        best = left[0]
        same = [place for place in left if _overlap(place, best)]
        left = [place for place in left if not _overlap(place, best)]
        least = max(
            (_least(one, place.match.doubt) for place in written if _overlap(place, best)),
            default=_SAID,
        )
        shares = {id(place.text): place.likelihood or 0.0 for place in same}
        sure = {id(place.text): place.likelihood or 0.0 for place in same if place.match.is_found}
        likelihood = sum(sure.values())
        if likelihood >= least:
            yield replace(best, likelihood=likelihood)
        elif sum(shares.values()) >= _FOR_A_PERSON:
            unsure = replace(best.match, score=min(best.match.score, FOUND - 1))
            yield Place(best.text, unsure, likelihood)


def _least(one: Phrase, doubt: Doubt | None) -> float:
    """Return in how many texts a phrase must be found where `doubt` was written down."""
    if doubt in _MEANT or (doubt is Doubt.OTHER_WORD and one.length <= SHORT):
        return math.inf
    return _RATHER if doubt is Doubt.NEGATION else _SAID


def _overlap(one: Place, other: Place) -> bool:
    return (one.start_s < other.end_s and other.start_s < one.end_s) or one is other
