"""Builds what seals recordings and deletes them; part of the composition root."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from api.metrics import Figure
from config.settings import Settings
from recordings.integrity.deletion import RecordingDeleter, Remover
from recordings.integrity.expiry import Expiry, ExpiryReport
from recordings.integrity.keys import KeyFolder
from recordings.integrity.sealer import Alert, Sealer, SealerOptions
from recordings.storage.files import RecordingFiles
from recordings.work_loop import WorkLoop, WorkRules
from voicegw.clock import Clock
from voicegw.errors import StoreError
from voicegw.events.factory import EventFactory
from voicegw.model.work import WorkKind
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.disposal import DisposalRepository
from voicegw.store.recordings import RecordingRepository
from voicegw.store.retention import OldRecordings
from voicegw.store.seals import SealRepository
from voicegw.store.work import WorkQueue

logger = logging.getLogger(__name__)

_REMOVAL = WorkRules(idle_s=2.0)
_FIRST_LOOK_S = 60.0
"""How long after the start recordings past their time are looked for: calls come first."""


def key_folder(settings: Settings) -> KeyFolder:
    """Return where the node keeps its signing keys."""
    return KeyFolder(settings.node.data_dir / "keys")


def deleter(settings: Settings, database: Database, clock: Clock) -> RecordingDeleter:
    """Return what deletes recordings in the node's name."""
    disposal, seals = DisposalRepository(database), SealRepository(database)
    return RecordingDeleter(disposal, seals, key_folder(settings), settings.node.name, clock)


def expiry(settings: Settings, database: Database, clock: Clock) -> Expiry:
    """Return what deletes recordings that are past their time."""
    return Expiry(
        DirectoryRepository(database),
        OldRecordings(database),
        deleter(settings, database, clock),
        clock,
        default_days=settings.recording.retention_days,
    )


class IntegrityPart:
    """The node's seals and deletions.

    Order of use: `start` with the store open and nothing written yet; `start_removal` once files
    can be reached; `stop_removal`; `stop` when nothing is written any more.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        clock: Clock,
        events: EventFactory,
        on_alert: Alert,
    ) -> None:
        """Nothing runs yet."""
        self._settings = settings
        self._database = database
        self._clock = clock
        self._events = events
        seals, keys, node = SealRepository(database), key_folder(settings), settings.node.name
        self._disposal = DisposalRepository(database)
        options = SealerOptions(head_s=settings.recording.seal_head_s)
        self._sealer = Sealer(seals, keys, node, clock, events, options=options, on_alert=on_alert)
        self.deleter = deleter(settings, database, clock)
        self._remover: Remover | None = None
        self._removal: WorkLoop | None = None
        self._expiry = expiry(settings, database, clock)
        self._expiring: asyncio.Task[None] | None = None
        self._expired = 0
        self._last_look: ExpiryReport | None = None

    async def start(self) -> None:
        """Begin to seal. Raises StartError when the signing key can't be used."""
        await self._sealer.start()

    async def stop(self) -> None:
        """Seal what is left, and sign the end of the chain."""
        await self._sealer.stop()

    def start_removal(self, files: RecordingFiles) -> None:
        """Begin to remove the files of deleted recordings, and to delete those past their time."""
        self._remover = Remover(
            self._disposal,
            RecordingRepository(self._database),
            files,
            self._settings.recording.spool_dir,
            clock=self._clock,
            events=self._events,
        )
        queue = WorkQueue(self._database, self._settings.node.name)
        handle = self._remover.handle
        self._removal = WorkLoop(queue, [WorkKind.DELETE], handle, self._clock, rules=_REMOVAL)
        self._removal.start()
        self._expiring = asyncio.create_task(self._expire(), name="expiry")

    async def stop_removal(self) -> None:
        """Remove no more; what waits is removed after the next start."""
        if self._expiring is not None:
            self._expiring.cancel()
            await asyncio.gather(self._expiring, return_exceptions=True)
        if self._removal is not None:
            await self._removal.stop()

    async def _expire(self) -> None:
        await asyncio.sleep(_FIRST_LOOK_S)
        while True:
            try:
                self._last_look = await self._expiry.run()
                self._expired += self._last_look.deleted
            except StoreError as error:
                logger.info("expiry put off", extra={"why": error.slug})
            except Exception:
                # What is past its time stays a little longer; the next look finds it again.
                logger.exception("expiry failed")
            await asyncio.sleep(self._settings.recording.retention_check_h * 3600)

    def figures(self) -> Iterable[Figure]:
        """Return the part's figures for `/metrics`."""
        yield Figure("recordings_sealed", self._sealer.sealed)
        yield Figure("recordings_unsealed", self._sealer.waiting)
        removed = 0 if self._remover is None else self._remover.removed
        yield Figure("recordings_removed", removed)
        yield Figure("recordings_expired", self._expired)
        if self._last_look is not None:
            for why, count in (
                ("hold", self._last_look.held),
                ("review", self._last_look.under_review),
            ):
                yield Figure("recordings_past_their_time", count, {"why": why})
