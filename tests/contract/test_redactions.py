"""What a redaction leaves in the store, on both databases."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from tests.contract.conftest import NOW
from tests.contract.records import a_recording
from voicegw.errors import ConflictError, NotFoundError
from voicegw.journal.entries import RecordingChanged
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.recording import (
    FileKind,
    Place,
    RecordingFile,
    RecordingStatus,
    RedactedSpan,
    Redaction,
)
from voicegw.model.work import WorkKind
from voicegw.store import schema
from voicegw.store.audit import AuditLog
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.recordings import RecordingRepository
from voicegw.store.redactions import add_redacted_copy
from voicegw.store.work import WorkQueue

COPY = RecordingFile(FileKind.REDACTED, "2026/03/04/rec_1.x.flac", "audio/flac", 9, "a", 9, "a")
REDACTION = Redaction("key_1", "why", NOW, [RedactedSpan(1.0, 2.0)], "a")
ENTRY = AuditEntry(NOW, "key_1", "admin", AuditAction.REDACTED, SubjectKind.RECORDING, "rec_1")


async def _write(database: Database, status: RecordingStatus, place: Place) -> None:
    recording = a_recording("1", "call_1", status)
    recording.place = place
    await BatchWriter(database, "node-1").apply_entries([RecordingChanged(recording)], 1)
    async with database.write() as connection:
        await connection.execute(schema.work.delete())  # it has been sealed


async def test_copy_seal_upload_and_entry_come_together(database: Database) -> None:
    await _write(database, RecordingStatus.COMPLETED, Place.REMOTE)
    queue = WorkQueue(database, "node-2")
    await queue.put(WorkKind.UPLOAD, "rec_1", NOW, node="node-1")
    changed = await add_redacted_copy(
        database, "rec_1", COPY, REDACTION, ENTRY, upload_from="node-2"
    )
    assert changed == await RecordingRepository(database).get("rec_1")
    assert changed.file(FileKind.REDACTED) == COPY
    assert changed.redacted_spans == REDACTION.spans
    assert changed.place is Place.LOCAL
    (entry,) = (await AuditLog(database).list()).items
    assert msgspec.structs.replace(entry, position=0) == ENTRY
    seal = await WorkQueue(database, "node-1").lease([WorkKind.SEAL], NOW, 60)
    assert seal is not None


async def test_an_upload_that_was_done_is_done_again_where_the_copy_lies(
    database: Database,
) -> None:
    await _write(database, RecordingStatus.COMPLETED, Place.REMOTE)
    first, second = WorkQueue(database, "node-1"), WorkQueue(database, "node-2")
    await first.put(WorkKind.UPLOAD, "rec_1", NOW, node="node-1")
    item = await first.lease([WorkKind.UPLOAD], NOW, 60)
    assert item is not None
    assert await first.conclude(item, NOW)
    later = msgspec.structs.replace(REDACTION, at=NOW + timedelta(seconds=1))
    await add_redacted_copy(database, "rec_1", COPY, later, ENTRY, upload_from="node-2")
    assert await first.lease([WorkKind.UPLOAD], later.at, 60) is None
    again = await second.lease([WorkKind.UPLOAD], later.at, 60)
    assert again is not None
    assert again.attempts == 1


async def test_without_a_remote_storage_nothing_is_uploaded(database: Database) -> None:
    await _write(database, RecordingStatus.COMPLETED, Place.LOCAL)
    await add_redacted_copy(database, "rec_1", COPY, REDACTION, ENTRY)
    assert await WorkQueue(database, "node-1").lease([WorkKind.UPLOAD], NOW, 60) is None


async def test_what_is_deleted_or_unknown_gets_nothing(database: Database) -> None:
    with pytest.raises(NotFoundError):
        await add_redacted_copy(database, "rec_1", COPY, REDACTION, ENTRY)
    await _write(database, RecordingStatus.DELETED, Place.LOCAL)
    with pytest.raises(ConflictError):
        await add_redacted_copy(database, "rec_1", COPY, REDACTION, ENTRY)
    assert (await AuditLog(database).list()).items == []
    assert await WorkQueue(database, "node-1").lease([WorkKind.SEAL], NOW, 60) is None
