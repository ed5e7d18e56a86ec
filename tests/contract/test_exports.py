"""Exports, what they read, and which calls are a dossier's, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from recordings.care.recordings_request import exported
from tests.contract.conftest import NOW
from tests.contract.records import a_call, a_recording
from tests.contract.test_search import add
from voicegw.clock import SystemClock
from voicegw.errors import ConflictError, NotFoundError
from voicegw.journal.entries import CallChanged, RecordingChanged
from voicegw.model.export import Export, ExportContent, ExportKind, ExportState
from voicegw.model.finding import Finding, FindingKind, QualityResult, Severity
from voicegw.model.recording import Recording, RecordingStatus
from voicegw.model.transcript import TranscriptStatus
from voicegw.store import schema
from voicegw.store.audit import AuditLog
from voicegw.store.batch import BatchWriter
from voicegw.store.calls import CallFilter, CallRepository
from voicegw.store.database import Database
from voicegw.store.evidence import EvidenceReader
from voicegw.store.exports import ExportRepository, withdraw_exports
from voicegw.store.recordings import RecordingRepository


def an_export(key: str, age_s: float = 0, **changes: Any) -> Export:
    """Return an export that was asked for some seconds before NOW."""
    export = Export(
        f"exp_{key}",
        ExportKind.RECORDINGS,
        "node-1",
        "key_1",
        "admin",
        NOW - timedelta(seconds=age_s),
        contents=[ExportContent.MASTER],
        filters={"q": "given", "ids": ["rec_1"]},
    )
    for name, value in changes.items():
        setattr(export, name, value)
    return export


async def test_exports_come_back_as_they_were_and_change(database: Database) -> None:
    exports = ExportRepository(database)
    export = an_export("1")
    await exports.create(export)
    assert await exports.get("exp_1") == export
    export.state, export.size_bytes = ExportState.COMPLETED, 5 << 32
    export.expires_at = NOW + timedelta(hours=1)
    await exports.update(export)
    assert await exports.get("exp_1") == export
    assert await exports.get("exp_none") is None
    with pytest.raises(ConflictError):
        await exports.create(export)
    with pytest.raises(NotFoundError):
        await exports.update(an_export("none"))


async def test_lists_are_ones_own_newest_first(database: Database) -> None:
    exports = ExportRepository(database)
    for number in range(5):
        await exports.create(an_export(f"{number}", number, created_by=f"key_{number % 2}"))
    first = await exports.list(limit=3)
    rest = await exports.list(limit=3, cursor=first.next_cursor)
    assert [one.id for one in [*first.items, *rest.items]] == [f"exp_{n}" for n in range(5)]
    own = await exports.list(created_by="key_1")
    assert [one.id for one in own.items] == ["exp_1", "exp_3"]


async def test_what_a_node_left_and_what_is_over(database: Database) -> None:
    exports = ExportRepository(database)
    left: dict[str, dict[str, Any]] = {
        "queued": {"state": ExportState.QUEUED},
        "running": {"state": ExportState.RUNNING},
        "elsewhere": {"state": ExportState.RUNNING, "node": "node-2"},
        "over": {"state": ExportState.COMPLETED, "expires_at": NOW},
        "there": {"state": ExportState.COMPLETED, "expires_at": NOW + timedelta(seconds=1)},
        "removed": {"state": ExportState.EXPIRED, "expires_at": NOW},
    }
    for key, changes in left.items():
        await exports.create(an_export(key, **changes))
    assert {one.id for one in await exports.unfinished("node-1")} == {"exp_queued", "exp_running"}
    assert [one.id for one in await exports.expired("node-1", NOW)] == ["exp_over"]


async def test_all_that_is_known_of_recordings_comes_together(database: Database) -> None:
    await add(database, "1", "保证收益")
    await add(database, "2", "您好", age_s=1)
    finding = Finding("fnd_1", "rec_1", "call_1", FindingKind.PHRASE_FORBIDDEN, Severity.MAJOR, NOW)
    result = QualityResult("rec_1", "call_1", NOW, score=60.0)
    transcripts = schema.transcripts
    async with database.write() as connection:
        await connection.execute(
            schema.findings.insert(),
            {"id": "fnd_1", "recording_id": "rec_1", "kind": finding.kind,
             "severity": finding.severity, "created_at": NOW, "document": finding},
        )  # fmt: skip
        await connection.execute(
            schema.quality_results.insert(),
            {"recording_id": "rec_1", "call_id": "call_1", "created_at": NOW, "score": 60.0,
             "document": result},
        )  # fmt: skip
        document = (await connection.execute(transcripts.select())).first()
        assert document is not None
        await connection.execute(
            transcripts.update()
            .where(transcripts.c.recording_id == "rec_2")
            .values(document={**document.document, "status": TranscriptStatus.FAILED})
        )
    recordings = (await RecordingRepository(database).list()).items
    first, second = await EvidenceReader(database).of(recordings)
    assert first.recording == recordings[0]
    assert first.call is not None
    assert first.call.id == "call_1"
    assert first.transcript is not None
    assert first.transcript.text() == "保证收益"
    assert (first.findings, first.quality) == ([finding], result)
    assert (second.transcript, second.findings, second.quality) == (None, [], None)
    assert await EvidenceReader(database).of([]) == []
    unknown = a_recording("9", "call_none", RecordingStatus.COMPLETED)
    assert await EvidenceReader(database).of([unknown]) == []
    await BatchWriter(database, "node-1").apply_entries([RecordingChanged(unknown)], 1)
    (alone,) = await EvidenceReader(database).of([unknown])
    assert (alone.call, alone.seals) == (None, [])


async def test_calls_of_a_task_and_by_id(database: Database) -> None:
    entries = [
        CallChanged(a_call(key, age_s=age_s, ended=True, task_id=task), [])
        for key, age_s, task in (("1", 0, "tsk_1"), ("2", 1, "tsk_2"), ("3", 2, None))
    ]
    await BatchWriter(database, "node-1").apply_entries(entries, 1)
    calls = CallRepository(database)
    for wanted, keys in (
        (CallFilter(task_id="tsk_1"), ["call_1"]),
        (CallFilter(task_id="tsk_none"), []),
        (CallFilter(ids=["call_3", "call_1"]), ["call_1", "call_3"]),
        (CallFilter(ids=["call_3"], task_id="tsk_1"), []),
    ):
        assert [one.id for one in (await calls.list(wanted)).items] == keys, wanted


async def test_what_was_deleted_since_it_was_listed_is_read_as_deleted(database: Database) -> None:
    await add(database, "1", "保证收益")
    listed = (await RecordingRepository(database).list()).items

    def delete(recording: Recording) -> Recording:
        recording.status = RecordingStatus.DELETED
        return recording

    await RecordingRepository(database).change("rec_1", delete)
    (found,) = await EvidenceReader(database).of(listed)
    assert found.recording.status is RecordingStatus.DELETED


async def test_archives_are_withdrawn_with_a_recording_that_was_noted_for_them(
    database: Database,
) -> None:
    exports, log = ExportRepository(database), AuditLog(database)
    running, other = an_export("1", state=ExportState.RUNNING), an_export("2")
    clock = SystemClock()
    for export, key in ((running, "1"), (other, "2")):
        await exports.create(export)
        call_recording = a_recording(key, f"call_{key}", RecordingStatus.COMPLETED)
        await log.note(*exported(export, [call_recording], clock))
    await database.do_write(lambda connection: withdraw_exports(connection, "rec_1", NOW))
    later = NOW + timedelta(hours=1)
    await database.do_write(lambda connection: withdraw_exports(connection, "rec_1", later))
    # The node that makes the archive knows nothing of it, and takes nothing back.
    running.state, running.expires_at = ExportState.COMPLETED, later
    await exports.update(running)
    found = await exports.get("exp_1")
    assert found is not None
    assert (found.state, found.withdrawn_at) == (ExportState.COMPLETED, NOW)
    assert [one.id for one in await exports.expired("node-1", NOW)] == ["exp_1"]
    listed = {one.id: one.withdrawn_at for one in (await exports.list()).items}
    assert listed == {"exp_1": NOW, "exp_2": None}
