"""The pool of port pairs. Pure: the caller brings the time.

RTP takes an even port and RTCP the odd one above it (RFC 3550 §11). A pair that was used rests
before it is given out again, so that late packets of an ended call never reach a new one.
"""

from __future__ import annotations

from collections import deque

from voicegw.errors import NoMediaCapacityError


def parse_range(text: str) -> tuple[int, int]:
    """Return the bounds of `"20000-29999"`. Raises ValueError when it holds no even pair."""
    first_text, dash, last_text = text.partition("-")
    if not dash:
        raise ValueError("a port range has the form FIRST-LAST")
    first, last = int(first_text), int(last_text)
    if not 0 < first <= last <= 65_535:
        raise ValueError("ports lie between 1 and 65535, the first not above the last")
    if first + first % 2 + 1 > last:
        raise ValueError("a port range needs room for an even port and the one above it")
    return first, last


class PortPool:
    """Even ports from `first` to `last` with the odd one above each."""

    def __init__(self, first: int, last: int, *, drain_s: float = 30.0) -> None:
        """Take all pairs within the bounds; a released one rests for `drain_s` seconds."""
        self._free = deque(range(first + first % 2, last, 2))
        self._draining: deque[tuple[float, int]] = deque()
        self._in_use: set[int] = set()
        self._drain_s = drain_s

    def acquire(self, now: float) -> int:
        """Return an even port, the one longest free. Raises NoMediaCapacityError when none is."""
        self._recover(now)
        if not self._free:
            raise NoMediaCapacityError("no media port is free")
        port = self._free.popleft()
        self._in_use.add(port)
        return port

    def release(self, port: int, now: float) -> None:
        """Give `port` back; it rests first. Giving back twice does nothing."""
        if port in self._in_use:
            self._in_use.remove(port)
            self._draining.append((now + self._drain_s, port))

    def in_use(self) -> int:
        """Return how many pairs are given out."""
        return len(self._in_use)

    def draining(self, now: float) -> int:
        """Return how many pairs rest."""
        self._recover(now)
        return len(self._draining)

    def _recover(self, now: float) -> None:
        while self._draining and self._draining[0][0] <= now:
            self._free.append(self._draining.popleft()[1])
