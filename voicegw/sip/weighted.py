"""An order drawn by weight: the heavier, the more often first (RFC 2782, "Weight"). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from voicegw.sip.digest import RandomSource

_T = TypeVar("_T")

#: What a weight of 0 counts as beside others: "a very small chance of being selected".
_ALMOST_NOTHING: Final = 0.01


def weighted_order(
    items: Iterable[_T], weight_of: Callable[[_T], float], rng: RandomSource
) -> list[_T]:
    """Return `items` in an order in which each stands first as often as its weight says.

    Weights are not negative. Items that all weigh 0 are equals.
    """
    left = [(max(weight_of(item), _ALMOST_NOTHING), item) for item in items]
    ordered: list[_T] = []
    while left:
        mark = rng.random() * sum(weight for weight, _ in left)
        chosen = len(left) - 1
        for index, (weight, _) in enumerate(left):
            mark -= weight
            if mark < 0:
                chosen = index
                break
        ordered.append(left.pop(chosen)[1])
    return ordered
