"""An export of many recordings: what is read for it, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recordings.care.evidence_files import OpensFiles
from recordings.care.export import ExportWriter
from voicegw.clock import Clock
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.export import Export
from voicegw.model.recording import Recording
from voicegw.store.audit import AuditLog
from voicegw.store.database import Database
from voicegw.store.evidence import Evidence, EvidenceReader
from voicegw.store.recordings import RecordingFilter, RecordingRepository
from voicegw.store.search import RecordingSearch

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class RecordingsRequest:
    """What is to be exported: what the filter, and the terms where there are any, leave."""

    export: Export
    wanted: RecordingFilter
    terms: Sequence[str] = ()

    async def pages(self, database: Database, clock: Clock) -> AsyncIterator[Sequence[Evidence]]:
        """Yield the recordings, newest first; each is noted before it is given out.

        Raises StoreUnavailableError.
        """
        evidence, audit = EvidenceReader(database), AuditLog(database)
        cursor = None
        while True:
            recordings, cursor = await self._page(database, cursor)
            if recordings:
                await audit.note(*exported(self.export, recordings, clock))
                yield await evidence.of(recordings)
            if cursor is None:
                return

    def writer(self, target: Path, files: OpensFiles) -> ExportWriter:
        """Begin the archive."""
        return ExportWriter(target, self.export, files)

    async def _page(
        self, database: Database, cursor: str | None
    ) -> tuple[Sequence[Recording], str | None]:
        if self.terms:
            found = await RecordingSearch(database).find(
                self.terms, self.wanted, limit=PAGE, cursor=cursor
            )
            return [one.recording for one in found.items], found.next_cursor
        page = await RecordingRepository(database).list(self.wanted, limit=PAGE, cursor=cursor)
        return page.items, page.next_cursor


def exported(export: Export, recordings: Sequence[Recording], clock: Clock) -> list[AuditEntry]:
    """Return the entries that these recordings go into an archive."""
    return [
        AuditEntry(
            at=clock.now(),
            principal=export.created_by,
            role=export.role,
            action=AuditAction.EXPORTED,
            subject_kind=SubjectKind.RECORDING,
            subject=recording.id,
            group_id=recording.group_id,
            detail={"export": export.id, "redacted": export.redacted},
        )
        for recording in recordings
    ]
