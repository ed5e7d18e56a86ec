"""What an outlet of events is, and what it is given to work with.

An outlet brings events from the outbox to the outside: webhooks, a broker. It runs in the delivery
process, in a task of its own, and keeps its place in the outbox in the store, so that it may be
killed at any moment. Of several nodes the one that holds the outlet's lease serves it::

    class BrokerOutlet:
        name = "broker"

        def __init__(self, context: OutletContext) -> None: ...

        async def run(self) -> None:
            while True:
                if await self._lease.held():
                    await self._publish_what_is_new()
                await self._context.wake.wait(LOOK_S)
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

from voicegw.clock import Clock
from voicegw.events.delivery.protocol import DeliveryAlert, DeliveryFigure
from voicegw.store.database import Database

LOOK_S: Final = 1.0
"""How often an outlet looks by itself for what other nodes have written, in seconds."""


class Wake:
    """Tells an outlet that something was committed. Any number of calls make one waking."""

    def __init__(self) -> None:
        """Begin awake: there may be something already."""
        self._event = asyncio.Event()
        self._event.set()

    def wake(self) -> None:
        """Have the one who waits, or waits next, go on at once."""
        self._event.set()

    async def wait(self, timeout_s: float) -> bool:
        """Wait for a call of `wake` since the last return, or `timeout_s`; True: it was called."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True


@dataclass(frozen=True, slots=True)
class OutletContext:
    """What every outlet is given; `wake` is its own, everything else is shared.

    `holder` names this process among all nodes' for leases.
    """

    node: str
    holder: str
    database: Database
    clock: Clock
    wake: Wake = field(default_factory=Wake)


class Outlet(Protocol):
    """One way for events to leave."""

    @property
    def name(self) -> str:
        """What it is called in logs, alerts and leases."""
        ...

    async def run(self) -> None:
        """Bring out events until cancelled; then end within a second or so.

        What it raises ends it: a StoreError is quietly put off, everything else is a fault that is
        logged and raises the alert `delivery-failing`. Either way it is run again, with back-off.
        """
        ...

    def figures(self) -> Iterable[DeliveryFigure]:
        """Return its figures for `/metrics`; must be quick."""
        ...

    def alerts(self) -> Iterable[DeliveryAlert]:
        """Return what needs an operator's care now; an alert no more returned is cleared."""
        ...
