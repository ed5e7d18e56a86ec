"""What `/metrics` says of the node as a whole: its loop, its store, its program, its outlets."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Iterable, Sequence
from typing import Final

from api.metrics import Figure
from api.node_status import QueueDepth
from api.services import PartStatus
from voicegw import __version__
from voicegw.distribution import Distribution
from voicegw.model.work import WorkKind
from voicegw.setup.background import Background
from voicegw.store.database import Database
from voicegw.store.events import EventRepository
from voicegw.store.outlets import OutletRepository
from voicegw.store.sms import SmsRepository
from voicegw.store.webhook_deliveries import WebhookDeliveryRepository
from voicegw.store.work import WorkQueue

_LAG_BUCKETS_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2)
_LAG_EVERY_S: Final = 0.5
_OUTLETS_EVERY_S: Final = 10.0
_QUEUES_EVERY_S: Final = 5.0


class NodeFigures:
    """Watches what only time can tell; everything else is asked for at the scrape."""

    def __init__(self, name: str, database: Database) -> None:
        """Of the node `name`; not started."""
        self._name = name
        self._database = database
        self._outlets = OutletRepository(database)
        self._events = EventRepository(database)
        self._lag_s = Distribution(_LAG_BUCKETS_S)
        self._due_s: float | None = None
        self.behind: dict[str, int] = {}
        """Events that each outlet has not delivered, when last looked."""
        self.queues: list[QueueDepth] = []
        """What waits in the store, when last looked."""
        self.store = ""
        """The database and its version; empty before it has told."""

    def start(self, background: Background) -> None:
        """Begin to watch."""
        background.every(_LAG_EVERY_S, "loop-lag", self._measure_lag)
        background.every(_OUTLETS_EVERY_S, "outlets", self.look)
        background.every(_QUEUES_EVERY_S, "queue-depths", self.look_at_queues)

    async def _measure_lag(self) -> None:
        now_s = asyncio.get_running_loop().time()
        if self._due_s is not None:
            self._lag_s.observe(max(now_s - self._due_s, 0.0))
        self._due_s = now_s + _LAG_EVERY_S

    async def look(self) -> None:
        """See how far the outlets have come. Raises StoreUnavailableError."""
        positions = await self._outlets.positions()
        newest = await self._events.last_position() if positions else 0
        self.behind = {name: max(newest - at, 0) for name, at in sorted(positions.items())}

    async def look_at_queues(self) -> None:
        """See how much waits in the store. Raises StoreUnavailableError."""
        if not self.store:
            self.store = await self._database.product()
        work = await WorkQueue(self._database, self._name).waiting()
        deliveries = await WebhookDeliveryRepository(self._database).pending()
        messages, _since = await SmsRepository(self._database).waiting()
        self.queues = [
            *(QueueDepth(kind, work.get(kind, 0)) for kind in WorkKind),
            QueueDepth("deliveries", deliveries),
            QueueDepth("messages", messages),
        ]

    def figures(self, parts: Sequence[PartStatus]) -> Iterable[Figure]:
        """Return the figures; `parts` is the node's readiness."""
        labels = {
            "node": self._name,
            "version": __version__,
            "python": platform.python_version(),
        }
        yield Figure("build_info", 1, labels)
        for part in parts:
            yield Figure("part_ready", part.ready, {"part": part.name})
        for kind, seconds in self._database.seconds.items():
            yield Figure("store_seconds", seconds, {"kind": kind})
        yield Figure("loop_lag_seconds", self._lag_s)
        for outlet, count in self.behind.items():
            yield Figure("outlet_behind_events", count, {"outlet": outlet})
