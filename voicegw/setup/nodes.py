"""Telling the other nodes that this one runs, and where; part of the composition root."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from voicegw.clock import Clock
from voicegw.errors import StoreUnavailableError
from voicegw.model.node import NodeReport, RegisteredNode
from voicegw.store.nodes import NodeRepository

LEASE: Final = timedelta(seconds=30)
"""How long a node counts as there after it has said so last."""
RENEW_S: Final = 10.0
SILENT_KEPT: Final = timedelta(days=7)
"""How long a node that ended without leaving is told of: long enough to be missed and looked at."""


class NodePlace:
    """A node's place among those on its store."""

    def __init__(
        self,
        nodes: NodeRepository,
        clock: Clock,
        name: str,
        url: str | None,
        report: Callable[[datetime], NodeReport] | None = None,
    ) -> None:
        """`url` is where the others reach its API; None: nowhere.

        `report` says how the node is at that moment; nothing is waited for in it.
        """
        self._nodes = nodes
        self._report = report
        self._clock = clock
        self._name = name
        self._url = url
        self._started_at = clock.now()

    async def hold(self) -> None:
        """Take the place, or keep it for another LEASE. Raises StoreUnavailableError."""
        now = self._clock.now()
        report = None if self._report is None else self._report(now)
        place = RegisteredNode(self._name, self._url, self._started_at, now + LEASE, report)
        await self._nodes.hold(place, now - SILENT_KEPT)

    async def leave(self) -> None:
        """Give the place up; while the store is away, it runs out by itself."""
        with suppress(StoreUnavailableError):
            await self._nodes.leave(self._name, self._started_at)
