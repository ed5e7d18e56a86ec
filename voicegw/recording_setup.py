"""Builds what works on recordings once they are made; part of the composition root.

What is to be done with a completed recording (`follow_up`) is put into the store's queue by the
transaction that completes it. Each part here leases its kind of work from that queue.
"""

from __future__ import annotations

from config.settings import Settings
from recordings.care.export_service import ExportService
from recordings.care.redaction_service import Redactor
from recordings.quality.checker import Checker
from recordings.storage.files import RecordingFiles
from voicegw.clock import Clock
from voicegw.events.factory import EventFactory
from voicegw.model.work import WorkKind
from voicegw.store.database import Database
from voicegw.store.work import WorkQueue


def follow_up(settings: Settings) -> frozenset[WorkKind]:
    """Return what is to be done with each completed recording.

    Transcription is, even where it is switched off: what follows from a transcript follows from
    knowing that there is none.
    """
    kinds = {WorkKind.TRANSCRIBE}
    if settings.recording.is_remote:
        kinds.add(WorkKind.UPLOAD)
    return frozenset(kinds)


async def exporter(
    settings: Settings, database: Database, files: RecordingFiles, clock: Clock
) -> ExportService:
    """Return what makes the node's exports, what an earlier run left of them cleared away."""
    service = ExportService(
        database,
        files,
        clock,
        node=settings.node.name,
        folder=settings.node.data_dir / "exports",
        keep_hours=settings.recording.export_hours,
        min_free_bytes=settings.recording.min_free_bytes,
    )
    await service.recover()
    return service


def redactor(settings: Settings, database: Database, files: RecordingFiles) -> Redactor:
    """Return what makes redacted copies."""
    upload_from = settings.node.name if settings.recording.is_remote else None
    return Redactor(database, files, upload_from=upload_from)


class CheckPart:
    """What compares talks with scripts once they are transcribed."""

    def __init__(
        self,
        database: Database,
        files: RecordingFiles,
        clock: Clock,
        events: EventFactory,
        queue: WorkQueue,
    ) -> None:
        """Build it; nothing runs before `start`."""
        self.checker = Checker(database, files, clock, events)
        self.loop = self.checker.loop(queue)

    def start(self) -> None:
        """Begin to check."""
        self.loop.start()

    async def stop(self) -> None:
        """Stop; a check in hand is made again later."""
        await self.loop.stop()
        await self.checker.stop()
