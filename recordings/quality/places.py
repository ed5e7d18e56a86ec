"""Where phrases were said in what one side said, or may have said. Pure.

What was written down is searched first. A phrase that is not found there is looked for in other
texts that the recogniser weighed: what stands in few of them is for a person, in more it was said.
What was written down speaks against it where another meaning was understood, not just other sounds.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from recordings.quality.likely_texts import likely_texts
from recordings.quality.match import FOUND, Match
from recordings.quality.negation import Doubt
from recordings.quality.phrases import MEANT, Phrase, PhraseSet
from recordings.quality.spoken import SpokenText, spoken_text
from recordings.quality.wording import SHORT
from voicegw.model.transcript import Segment

_SAID: Final = 0.15
"""In so many of the likely texts a phrase must be found to have been said."""
_FOR_A_PERSON: Final = 0.1
"""In so many of them it must be found, or nearly, for a person to listen."""
_RATHER: Final = 0.5
"""In so many of them where what was written down says the opposite."""
MOST_WORK: Final = 4_000_000
"""So many characters times phrases are looked for in the likely texts of one side, some 20 s."""


class Side:
    """What one side of a talk said: its segments, their text, and what they may be as well."""

    def __init__(
        self, segments: Sequence[Segment], others: Sequence[Segment] = (), work: int = MOST_WORK
    ) -> None:
        """Take the segments of one side in order of time, and those of the other.

        `work` bounds what may be looked for in `likely`, in characters times phrases.
        """
        self.segments = segments
        self.text: SpokenText = spoken_text(segments, others)
        self._others = others
        self._work_left = work

    @cached_property
    def likely(self) -> list[tuple[SpokenText, float]]:
        """What it may have said, each text with its share."""
        return likely_texts(self.segments, self._others)

    def afforded(self, rows: list[int]) -> list[int]:
        """Return which of the phrases `rows`, the first ones, may be looked for in `likely`.

        A check has to end (recordings.quality.checker): what a long talk does not have among long
        lists of phrases is not looked for without end. No clock: the same talk gives the same.
        """
        length = max(1, len(self.text.chars))
        afforded = rows[: self._work_left // length]
        self._work_left -= len(afforded) * length
        return afforded


@dataclass(frozen=True)
class Place:
    """A place that sounds like a phrase, in `text`.

    `likelihood` is in how much of what may have been said it was found (or, for a person, nearly
    found), 0 to 1; None where it stands in what was written down.
    """

    text: SpokenText
    match: Match
    likelihood: float | None = None

    @cached_property
    def start_s(self) -> float:
        """When it begins, in seconds of the recording's clock."""
        return self.text.time_at(self.match.start)

    @cached_property
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
    missing = side.afforded(missing)
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
    in_time, written_in_time = _InTime(likely), _InTime(written)
    taken: set[int] = set()
    for best in sorted(likely, key=lambda place: -place.match.score):
        if id(best) in taken:
            continue
        same = [place for place in in_time.beside(best) if id(place) not in taken]
        taken.update(map(id, same))
        beside = written_in_time.beside(best)
        least = max((_least(one, place.match.doubt) for place in beside), default=_SAID)
        shares = {id(place.text): place.likelihood or 0.0 for place in same}
        sure = {id(place.text): place.likelihood or 0.0 for place in same if place.match.is_found}
        likelihood, at_most = sum(sure.values()), sum(shares.values())
        if likelihood >= least:
            yield replace(best, likelihood=likelihood)
        elif at_most >= _FOR_A_PERSON and not any(place.match.is_unsure for place in beside):
            unsure = replace(best.match, score=min(best.match.score, FOUND - 1))
            yield Place(best.text, unsure, at_most)


class _InTime:
    """Places of one side, found by when they were said."""

    def __init__(self, found: Sequence[Place]) -> None:
        self._places = sorted(found, key=lambda place: place.start_s)
        self._starts_s = [place.start_s for place in self._places]
        self._longest_s = max((place.end_s - place.start_s for place in found), default=0.0)

    def beside(self, one: Place) -> list[Place]:
        """Return those that are about the same words as `one`, itself among them."""
        first = bisect_left(self._starts_s, one.start_s - self._longest_s)
        last = bisect_left(self._starts_s, max(one.end_s, math.nextafter(one.start_s, math.inf)))
        near = self._places[first:last]
        return [place for place in near if place.end_s > one.start_s or place is one]


def _least(one: Phrase, doubt: Doubt | None) -> float:
    """Return in how many texts a phrase must be found where `doubt` was written down."""
    if doubt in MEANT or (doubt is Doubt.OTHER_WORD and one.length <= SHORT):
        return math.inf
    return _RATHER if doubt is Doubt.NEGATION else _SAID
