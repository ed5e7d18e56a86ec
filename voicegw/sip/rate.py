"""New calls evenly spaced, at most so many a second. Pure.

A token bucket that holds one token (the generic cell rate algorithm): whoever comes too early is
told how long to wait, and that moment is kept. A carrier that counts calls in any window of a
second finds no more than it allows, which a bucket with room for a burst could not promise.
"""

from __future__ import annotations


class RateLimiter:
    """Hands out moments at which a call may begin. Times are monotonic seconds."""

    def __init__(self, per_s: float) -> None:
        """Allow `per_s` calls a second; 0 is no limit."""
        self._gap_s = 1 / per_s if per_s > 0 else 0.0
        self._next = float("-inf")

    def wait_s(self, now: float) -> float:
        """Return how long a call that comes now would have to wait."""
        return max(0.0, self._next - now)

    def take(self, now: float) -> float:
        """Take the next free moment and return it; it lies :meth:`wait_s` ahead."""
        moment = now + self.wait_s(now)
        self._next = moment + self._gap_s
        return moment

    def give_back(self, moment: float) -> None:
        """Give back a moment that was not used.

        Only the last one can be had by others: those behind any other know theirs already.
        """
        if self._next == moment + self._gap_s:
            self._next = moment
