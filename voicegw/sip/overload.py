"""Whether a node is behind its work: how long messages wait before they are handled. Pure.

What is measured is the time from the kernel's receipt of a datagram to its handling, or how late
the event loop calls back, whichever is longer. A pause alone, such as a collection of garbage, is
no overload: a whole queue must have stood for some time. RFC 7339 and RFC 7415 describe what
proxies agree among themselves; a node at the edge can only refuse what is new, early and cheaply.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from voicegw.sip.digest import RandomSource

_log = logging.getLogger(__name__)

SPAN_S: Final = 0.1
"""How long delays are gathered; the longest of each span counts."""

_SPANS_TO_RAISE: Final = 4
_SPANS_TO_CLEAR: Final = 10
_CLEAR_BELOW: Final = 0.5
_RETRY_AFTER_S: Final = (1, 5)


class OverloadGuard:
    """Says whether new calls are refused.

    Overload begins when the longest delay of four spans in a row was over `threshold_s`, and ends
    when that of ten in a row was below half of it. A threshold of 0 switches the guard off.
    """

    def __init__(
        self,
        *,
        threshold_s: float,
        rng: RandomSource,
        on_change: Callable[[bool], None] = lambda _overloaded: None,
    ) -> None:
        """`on_change` is told of the beginning and the end; `rng` spreads the retries."""
        self.is_overloaded = False
        self.delay_s = 0.0
        """The longest delay of the last span."""
        self._threshold_s = threshold_s
        self._rng = rng
        self._on_change = on_change
        self._span_end = float("-inf")
        self._longest_s = 0.0
        self._spans = 0
        """How many spans in a row have spoken for a change."""

    def observe(self, delay_s: float, now: float) -> None:
        """Take one delay; to be called at least once a span, so that an end is noticed."""
        if self._threshold_s <= 0:
            return
        if now >= self._span_end:
            self._close_span()
            self._span_end = now + SPAN_S
        self._longest_s = max(self._longest_s, delay_s)

    def retry_after_s(self) -> int:
        """Return the seconds after which a refused caller may try again, spread by chance."""
        shortest, longest = _RETRY_AFTER_S
        return shortest + self._rng.getrandbits(16) % (longest - shortest + 1)

    def _close_span(self) -> None:
        self.delay_s, self._longest_s = self._longest_s, 0.0
        if self.is_overloaded:
            speaks_for_change = self.delay_s < self._threshold_s * _CLEAR_BELOW
            needed = _SPANS_TO_CLEAR
        else:
            speaks_for_change = self.delay_s > self._threshold_s
            needed = _SPANS_TO_RAISE
        self._spans = self._spans + 1 if speaks_for_change else 0
        if self._spans < needed:
            return
        self._spans = 0
        self.is_overloaded = not self.is_overloaded
        if self.is_overloaded:
            _log.warning("overloaded", extra={"delay_ms": round(self.delay_s * 1000)})
        self._on_change(self.is_overloaded)
