"""Builds what reads, keeps and archives events; part of the composition root."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import msgspec

from api.metrics import Figure
from api.stream_desk import StreamLimits
from config.events import EventsSettings
from config.settings import Settings
from voicegw.clock import Clock
from voicegw.events.alerts import Alerts
from voicegw.events.archive import FOLDER, day_end
from voicegw.events.archive_job import ArchiveOrder
from voicegw.identity import mask_within
from voicegw.setup.background import Background
from voicegw.setup.folders import folder
from voicegw.store.database import Database
from voicegw.store.event_archives import EventArchiveRepository, Oldest

_log = logging.getLogger(__name__)

ALERT_HELD: Final = "events-archive-held"
ALERT_FAILED: Final = "events-archive-failed"
_LOOK_S: Final = 600.0
#: How long past its time a day may wait for an outlet before somebody is told.
_PATIENCE: Final = timedelta(days=1)


def stream_limits(settings: EventsSettings) -> StreamLimits:
    """Return how many streams of events may be open, and how far a reader may lag."""
    return StreamLimits(settings.streams, settings.streams_per_key, settings.stream_buffer)


class ArchivePart:
    """Has old events archived, by a process of its own, and tells when that is not possible."""

    def __init__(
        self, settings: Settings, database: Database, clock: Clock, alerts: Alerts
    ) -> None:
        """Not started. Raises StartError when the folder of the archive can't be made."""
        self._order = ArchiveOrder(
            store_url=settings.store.url,
            node=settings.node.name,
            folder=str(folder(settings.node.data_dir / FOLDER)),
            retention_days=settings.events.retention_days,
            key_file=settings.recording.key_file,
        )
        self._retention = timedelta(days=settings.events.retention_days)
        self._archives = EventArchiveRepository(database)
        self._clock = clock
        self._alerts = alerts
        self._oldest: Oldest | None = None

    def start(self, background: Background) -> None:
        """Look now and then whether a day has become old."""
        background.every(_LOOK_S, "events-archive", self.look)

    def figures(self) -> Iterator[Figure]:
        """Return how far back events can be read."""
        if self._oldest is not None:
            age = self._clock.now() - self._oldest.time
            yield Figure("events_oldest_seconds", age.total_seconds())

    async def look(self) -> None:
        """Archive what is due. Raises StoreUnavailableError."""
        self._oldest = await self._archives.oldest()
        overdue = self._overdue()
        if overdue is None:
            self._alerts.set(ALERT_HELD, False)
            return
        if not await self._archive():
            return
        self._oldest = await self._archives.oldest()
        floor = await self._archives.floor(self._clock.now())
        overdue = self._overdue()
        held = overdue is not None and overdue > _PATIENCE and floor is not None
        outlet = floor.outlet if floor is not None else ""
        self._alerts.set(ALERT_HELD, held, f"{outlet} has not delivered them yet")

    def _overdue(self) -> timedelta | None:
        """Return for how long the oldest day at hand could have been archived; None: not yet."""
        if self._oldest is None:
            return None
        overdue = self._clock.now() - self._retention - day_end(self._oldest.time)
        return overdue if overdue >= timedelta(0) else None

    async def _archive(self) -> bool:
        try:
            said, code = await self._process()
        except OSError as error:
            said, code = f"no process could be started ({error.strerror})", -1
        self._alerts.set(ALERT_FAILED, code != 0, said)
        return code == 0

    async def _process(self) -> tuple[str, int]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "voicegw.events.archive_job",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, errors = await process.communicate(msgspec.json.encode(self._order))
        except asyncio.CancelledError:
            if process.returncode is None:
                process.terminate()
                await process.wait()
            raise
        code = process.returncode or 0
        # The last line of a traceback may repeat anything.
        said = mask_within(errors.decode(errors="replace").strip().rpartition("\n")[2])
        _log.info("events archived", extra={"said": said, "exit_code": code})
        return said, code
