"""Glare: a customer calls in while being called, and the two calls become one.

Whoever dials a customer expects that customer to call, too. A caller from one of the expected
numbers becomes the customer's leg of that call, in place of the one that was or would be dialled:
there is one call, one record, one outcome. A caller who comes while the manager is still being
rung waits, ringing; where the manager can't be had, or the customer has answered elsewhere, the
caller goes the way of any other.

The book is a node's; it knows no clock and sends nothing but the ringing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicegw.calls.arrival import Arrival


class Expectation:
    """What one call outward expects: a caller from one of its numbers, once."""

    def __init__(self, numbers: Iterable[str], on_change: Callable[[], None]) -> None:
        """`on_change` wakes the call when a caller has come, or gone."""
        self.numbers = frozenset(numbers)
        self._on_change = on_change
        self._waiting: tuple[Arrival, asyncio.Future[bool]] | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has come yet."""
        return self._waiting is None

    @property
    def is_waiting(self) -> bool:
        """Whether somebody has come and waits to be taken."""
        return self._waiting is not None and not self._waiting[1].done()

    def take(self) -> Arrival | None:
        """Return the caller who waits, who is the call's from now on; None: nobody does."""
        if self._waiting is None or not self.is_waiting:
            return None
        arrival, decided = self._waiting
        decided.set_result(True)
        return arrival

    def let_go(self) -> None:
        """Let the caller who waits, if one does, go the way of any other."""
        if self._waiting is not None and not self._waiting[1].done():
            self._waiting[1].set_result(False)

    async def meet(self, arrival: Arrival) -> bool:
        """Have `arrival` wait until it is taken (True) or let go (False).

        One who gives up meanwhile is let go, too: that call is told of like any other.
        """
        decided: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting = (arrival, decided)
        arrival.session.ring(180)
        arrival.events.on_end = self._gone
        if arrival.events.has_ended:
            self._gone()
        self._on_change()
        try:
            return await decided
        finally:
            arrival.events.on_end = None

    def _gone(self) -> None:
        self.let_go()
        # Another caller from there may still come.
        self._waiting = None
        self._on_change()


class GlareBook:
    """Whom the calls of a node expect."""

    def __init__(self) -> None:
        """Expect nobody."""
        self._expected: list[Expectation] = []

    def __len__(self) -> int:
        """Return how many calls expect somebody."""
        return len(self._expected)

    @contextmanager
    def expecting(
        self, numbers: Iterable[str], on_change: Callable[[], None]
    ) -> Iterator[Expectation]:
        """Expect a caller from one of `numbers` as long as the block lasts."""
        expectation = Expectation(numbers, on_change)
        self._expected.append(expectation)
        try:
            yield expectation
        finally:
            self._expected.remove(expectation)
            expectation.let_go()

    def find(self, number: str) -> Expectation | None:
        """Return who expects a call from `number` and has none yet."""
        return next((one for one in self._expected if one.is_open and number in one.numbers), None)
