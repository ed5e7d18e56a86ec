"""Builds what seals recordings and deletes them; part of the composition root."""

from __future__ import annotations

from collections.abc import Iterable

from api.metrics import Figure
from config.settings import Settings
from recordings.integrity.deletion import RecordingDeleter, Remover
from recordings.integrity.keys import KeyFolder
from recordings.integrity.sealer import Sealer
from recordings.storage.files import RecordingFiles
from recordings.work_loop import WorkLoop, WorkRules
from voicegw.clock import Clock
from voicegw.events.factory import EventFactory
from voicegw.model.work import WorkKind
from voicegw.store.database import Database
from voicegw.store.disposal import DisposalRepository
from voicegw.store.recordings import RecordingRepository
from voicegw.store.seals import SealRepository
from voicegw.store.work import WorkQueue

_REMOVAL = WorkRules(idle_s=2.0)


def key_folder(settings: Settings) -> KeyFolder:
    """Return where the node keeps its signing keys."""
    return KeyFolder(settings.node.data_dir / "keys")


class IntegrityPart:
    """The node's seals and deletions.

    Order of use: `start` with the store open and nothing written yet; `start_removal` once files
    can be reached; `stop_removal`; `stop` when nothing is written any more.
    """

    def __init__(
        self, settings: Settings, database: Database, clock: Clock, events: EventFactory
    ) -> None:
        """Nothing runs yet."""
        self._settings = settings
        self._database = database
        self._clock = clock
        self._events = events
        seals, keys, node = SealRepository(database), key_folder(settings), settings.node.name
        self._disposal = DisposalRepository(database)
        self._sealer = Sealer(seals, keys, node, clock, events)
        self.deleter = RecordingDeleter(self._disposal, seals, keys, node, clock)
        self._remover: Remover | None = None
        self._removal: WorkLoop | None = None

    async def start(self) -> None:
        """Begin to seal. Raises StartError when the signing key can't be used."""
        await self._sealer.start()

    async def stop(self) -> None:
        """Seal what is left, and sign the end of the chain."""
        await self._sealer.stop()

    def start_removal(self, files: RecordingFiles) -> None:
        """Begin to remove the files of deleted recordings."""
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

    async def stop_removal(self) -> None:
        """Remove no more; what waits is removed after the next start."""
        if self._removal is not None:
            await self._removal.stop()

    def figures(self) -> Iterable[Figure]:
        """Return the part's figures for `/metrics`."""
        yield Figure(
            "recordings_sealed", "Seals appended to the chain.", self._sealer.sealed, "counter"
        )
        yield Figure(
            "recordings_unsealed", "Recordings that wait for their seal.", self._sealer.waiting
        )
        removed = 0 if self._remover is None else self._remover.removed
        yield Figure(
            "recordings_removed", "Recordings whose files were deleted.", removed, "counter"
        )
