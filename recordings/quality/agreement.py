"""How far two people agree who scored the same talks without knowing of each other. Pure.

Cohen's kappa compares the agreement seen with the agreement that chance alone would bring, from how
often each of the two gives each score (J. Cohen, 1960). Points have an order, so disagreement is
weighted by the square of its distance (J. Cohen, 1968): a point apart is little, ten are much.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far pairs of scores agree.

    `exact` is the share of equal pairs, 0 to 1. `kappa` is 1 for perfect agreement, 0 for what
    chance would bring, below 0 for less; None where both always gave one and the same score, for
    then chance explains everything. `mean_difference` is that of the absolute differences, `bias`
    how much more the first gives on average.
    """

    pairs: int
    exact: float
    kappa: float | None
    mean_difference: float
    bias: float


def agreement(pairs: Sequence[tuple[float, float]]) -> Agreement | None:
    """Return how far `pairs` of scores agree; None without any pair."""
    count = len(pairs)
    if count == 0:
        return None
    return Agreement(
        pairs=count,
        exact=sum(first == second for first, second in pairs) / count,
        kappa=weighted_kappa(pairs),
        mean_difference=sum(abs(first - second) for first, second in pairs) / count,
        bias=sum(first - second for first, second in pairs) / count,
    )


def weighted_kappa(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Return Cohen's kappa with squared weights; None where chance leaves nothing to disagree on.

    kappa = 1 - (sum of squared differences seen) / (the same, expected by chance).
    """
    count = len(pairs)
    if count == 0:
        return None
    seen = sum((first - second) ** 2 for first, second in pairs) / count
    firsts = Counter(first for first, _ in pairs)
    seconds = Counter(second for _, second in pairs)
    expected = sum(
        many * more * (first - second) ** 2
        for first, many in firsts.items()
        for second, more in seconds.items()
    ) / (count * count)
    return None if expected == 0 else 1 - seen / expected
