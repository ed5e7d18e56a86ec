"""How many postings to one receiver may be under way. Pure.

A receiver that fails again and again is asked by one posting at a time, after longer and longer
pauses, until one succeeds: what waits for it costs next to nothing, and all of it goes out at once
when the receiver is back.
"""

from __future__ import annotations

from typing import Final

_PATIENCE: Final = 20
"""Failures in a row after which there are pauses."""
_FIRST_PAUSE_S: Final = 1.0
_LAST_PAUSE_S: Final = 30.0
_LONGEST_WISH_S: Final = 3600.0


class Pace:
    """The pace of one receiver; times are a monotonic clock's."""

    def __init__(self, at_once: int) -> None:
        """At most `at_once` postings, as long as things go well."""
        self._at_once = at_once
        self._failures = 0
        self._until_s = float("-inf")

    def succeeded(self) -> None:
        """A posting was taken."""
        self._failures = 0
        self._until_s = float("-inf")

    def failed(self, now_s: float, wish_s: float | None = None) -> None:
        """A posting failed; `wish_s` is for how long the receiver wants to be left alone."""
        self._failures += 1
        beyond = self._failures - _PATIENCE
        if beyond >= 0:
            # The exponent is bounded, or a receiver that is away for weeks overflows it.
            pause_s = min(_FIRST_PAUSE_S * 2 ** min(beyond, 10), _LAST_PAUSE_S)
            self._until_s = max(self._until_s, now_s + pause_s)
        if wish_s is not None:
            self._until_s = max(self._until_s, now_s + min(wish_s, _LONGEST_WISH_S))

    def pause_s(self, now_s: float) -> float:
        """Return for how long nothing may be begun; 0 when something may."""
        return max(self._until_s - now_s, 0.0)

    @property
    def at_once(self) -> int:
        """How many postings may be under way."""
        return self._at_once if self._failures < _PATIENCE else 1
