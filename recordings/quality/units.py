"""The words of a phrase that carry its meaning, each with others that may stand for it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from recordings.quality.asides import LIGHT, NEGATIONS, PARTICLES
from recordings.quality.spoken import SpokenText


@dataclass(frozen=True, slots=True)
class Unit:
    """A word of the phrase, and what may be said for it."""

    rows: range
    words: Sequence[str]


def units(spoken: SpokenText, words: Sequence[tuple[int, int]]) -> Iterator[Unit]:
    """Yield the words of the phrase that carry meaning; a negation goes with what it negates."""
    chars = spoken.chars
    others = {(way.start, way.end): way.words for way in spoken.ways}
    negation: range | None = None
    for start, end in words:
        word = chars[start:end]
        if word in NEGATIONS or word in _NEGATED:
            negation = range(start, end)
            continue
        if all(char in LIGHT | PARTICLES for char in word):
            continue
        short = len(words) < _MANY
        said = [word, *(other for other in others.get((start, end), ()) if len(other) > short)]
        first = start
        if negation is not None and start - negation.stop < _REACH:
            first, link = negation.start, chars[negation.stop : start]
            not_ = chars[negation.start : negation.stop]
            said = [
                f"{no}{between}{other}"
                for other in said
                for no in (not_, *others.get((first, negation.stop), ()), *_NOT_TO.get(not_, ()))
                for between in dict.fromkeys(("", "能", "会", link))
            ]
        elif negation is not None:
            yield Unit(negation, [chars[negation.start : negation.stop]])
        negation = None
        yield Unit(range(first, end), said)
    if negation is not None:
        yield Unit(negation, [chars[negation.start : negation.stop]])


_MANY: Final = 5
"""A phrase of so many words is told by them even where one of them is a lone character."""
_NEGATED: Final = frozenset(
    {"不用", "不要", "不会", "不能", "不得", "不可", "不必", "无需", "没有"}
)
"""Words that negate what stands behind them."""
_NOT_TO: Final = {"勿": ("不要",)}
_REACH: Final = 2
"""How far behind its negation a word may stand."""
