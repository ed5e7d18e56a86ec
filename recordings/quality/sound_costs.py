"""What it costs that one character was said for another, as far as their sound goes. Pure.

Characters that are read alike cost alike: they are of one kind, and there are a few hundred kinds.
So what is found out of one character does for all of its kind, and each table of costs is small.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from recordings.quality.asides import LIGHT, LIGHT_MISSING_COST, PARTICLE_COST, PAUSE_COST
from recordings.quality.pinyin import NUMBER, distance, readings
from recordings.quality.spoken import PAUSE

NO_NUMBER_COST: Final = 1.5
_NOT_YET: Final = frozenset("没未")
_OTHER_NOT: Final = "不"
_OTHER_NOT_COST: Final = 0.2
"""逾期不缴费 is 逾期未缴费."""


def kinds_of(text: str) -> list[int]:
    """Return the kind of each character, for the functions that `costs_of` returns."""
    return list(map(_kinds().__getitem__, text))


@lru_cache(maxsize=2_048)
def costs_of(phrase: str) -> list[Callable[[int], float]]:
    """Return for each character of a phrase what tells the cost of a kind said in its place."""
    return [_sound_costs(char).__getitem__ for char in phrase]


class _Kinds(dict[str, int]):
    """The kinds of characters, each found out when first asked."""

    def __init__(self) -> None:
        super().__init__()
        self.members: list[str] = []
        """One character of each kind."""
        self._numbers: dict[object, int] = {}

    def __missing__(self, char: str) -> int:
        """Return and remember the kind of a character."""
        # Words of little meaning stand for each other; what has no reading is like nothing else.
        by_itself = char in _NOT_YET or char == _OTHER_NOT
        like = char if by_itself else (readings(char) or char, char in LIGHT)
        kind = self[char] = self._numbers.setdefault(like, len(self.members))
        if kind == len(self.members):
            self.members.append(char)
        return kind


@lru_cache(maxsize=1)
def _kinds() -> _Kinds:
    return _Kinds()


class _SoundCosts(dict[int, float]):
    """What it costs that a kind of characters was said for `one`, found out when first asked."""

    def __init__(self, one: str) -> None:
        super().__init__()
        self._one = one

    def __missing__(self, kind: int) -> float:
        """Return and remember the cost of a kind."""
        cost = self[kind] = _sound_cost(self._one, _kinds().members[kind])
        return cost


@lru_cache(maxsize=512)
def _sound_costs(one: str) -> _SoundCosts:
    return _SoundCosts(one)


def _sound_cost(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if other == PAUSE:
        return PAUSE_COST
    if other == NUMBER:
        return NO_NUMBER_COST
    if one in _NOT_YET and other in _NOT_YET:
        return 2 * PARTICLE_COST
    apart = _OTHER_NOT_COST if one in _NOT_YET and other == _OTHER_NOT else distance(one, other)
    if apart > LIGHT_MISSING_COST and one in LIGHT and other in LIGHT:
        return LIGHT_MISSING_COST
    return apart
