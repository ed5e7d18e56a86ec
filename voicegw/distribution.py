"""How often a measured value fell below each of some bounds: a histogram, counted as it happens.

Pure. What `/metrics` shows of times and qualities is kept in these; counting one value costs a
search among a dozen bounds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate


class Distribution:
    """Counts values by bounds that include them (`value <= bound`), as Prometheus' buckets do."""

    __slots__ = ("_counts", "bounds", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        """`bounds` rise; a value above the last is counted, too."""
        self.bounds = tuple(bounds)
        self._counts = [0] * (len(self.bounds) + 1)
        self.total = 0.0
        """The sum of all values."""

    def observe(self, value: float) -> None:
        """Count one value."""
        self._counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    @property
    def count(self) -> int:
        """How many values were counted."""
        return sum(self._counts)

    def cumulative(self) -> Iterator[tuple[str, int]]:
        """Yield each bound, `+Inf` last, and how many values lay below or at it."""
        names = [*(str(float(bound)) for bound in self.bounds), "+Inf"]
        yield from zip(names, accumulate(self._counts), strict=True)


class Distributions:
    """One distribution for each combination of labels, which must be few."""

    __slots__ = ("_bounds", "_by_labels")

    def __init__(self, bounds: Sequence[float]) -> None:
        """All share `bounds`."""
        self._bounds = tuple(bounds)
        self._by_labels: dict[tuple[str, ...], Distribution] = {}

    def observe(self, value: float, *labels: str) -> None:
        """Count one value under `labels`."""
        one = self._by_labels.get(labels)
        if one is None:
            one = self._by_labels[labels] = Distribution(self._bounds)
        one.observe(value)

    def items(self) -> Iterator[tuple[tuple[str, ...], Distribution]]:
        """Yield labels and distribution, in the order of labels."""
        yield from sorted(self._by_labels.items(), key=lambda item: item[0])
