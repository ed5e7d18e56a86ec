"""Lengths of time counted in classes: what medians of any span are read from. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate, repeat
from typing import Final

from voicegw.model.rollup import (
    ANSWER_CLASSES_S,
    CLASSES,
    DELAY_CLASSES_S,
    TALK_CLASSES_S,
    classes,
)

BOUNDS_S: Final[Mapping[str, Sequence[int]]] = {
    "answer": ANSWER_CLASSES_S,
    "talk": TALK_CLASSES_S,
    "told": DELAY_CLASSES_S,
    "contact": DELAY_CLASSES_S,
}
"""The upper bounds of the classes by the name of what is measured."""

_NAMES: Final = {name: classes(name) for name in BOUNDS_S}


def class_of(name: str, length_ms: int) -> str:
    """Return the sum that counts a length of `length_ms`; a bound belongs to the class it ends."""
    return _NAMES[name][bisect_left(BOUNDS_S[name], length_ms / 1000)]


def quantile_s(sums: Mapping[str, int], name: str, share: float) -> float | None:
    """Return the length in seconds that `share` of all do not exceed; None when there are none.

    0 < `share` <= 1. Within its class it is taken to rise evenly; of the last, open class its lower
    bound is told.
    """
    until = list(accumulate(map(sums.get, _NAMES[name], repeat(0))))
    if not until[-1]:
        return None
    wanted = share * until[-1]
    number = bisect_left(until, wanted)
    before = until[number - 1] if number else 0
    bounds = BOUNDS_S[name]
    lower = bounds[number - 1] if number else 0
    if number == CLASSES - 1:
        return float(lower)
    return lower + (bounds[number] - lower) * (wanted - before) / (until[number] - before)


def within(sums: Mapping[str, int], name: str, bound_s: int) -> int:
    """Return how many took at most `bound_s`, which is one of the bounds."""
    last = BOUNDS_S[name].index(bound_s)
    return sum(map(sums.get, _NAMES[name][: last + 1], repeat(0)))
