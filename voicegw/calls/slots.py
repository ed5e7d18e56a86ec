"""Counted places, such as a manager's one call at a time. Never negative, never forgotten."""

from __future__ import annotations

from collections import Counter


class Slots:
    """How many places each key has taken, up to `limit` a key; None: as many as it wants."""

    def __init__(self, limit: int | None) -> None:
        """Allow `limit` places a key."""
        self.limit = limit
        self._taken: Counter[str] = Counter()

    def __len__(self) -> int:
        """Return how many places are taken in all."""
        return self._taken.total()

    def full(self, key: str) -> bool:
        """Whether `key` has no place left."""
        return self.limit is not None and self._taken[key] >= self.limit

    def idle(self, key: str) -> bool:
        """Whether `key` has taken no place at all."""
        return not self._taken[key]

    def take(self, key: str) -> bool:
        """Take a place; False when there is none."""
        if self.full(key):
            return False
        self._taken[key] += 1
        return True

    def add(self, key: str) -> None:
        """Take a place, even one more than there are."""
        self._taken[key] += 1

    def give_back(self, key: str) -> None:
        """Give a place back. Giving back what was not taken is a defect and raises KeyError."""
        if self._taken[key] <= 0:
            raise KeyError(key)
        self._taken[key] -= 1
        if not self._taken[key]:
            del self._taken[key]
