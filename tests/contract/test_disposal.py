"""Holds and deletions on both databases: who wins, what goes, what stays, and after a crash."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from recordings.care.recordings_request import exported
from recordings.integrity.deletion import RecordingDeleter, Remover
from recordings.integrity.keys import KeyFolder
from recordings.storage.files import RecordingFiles
from recordings.storage.local import LocalStorage
from recordings.work_loop import NotNowError
from tests.contract.records import a_call
from tests.contract.test_seals import seal, write
from tests.contract.test_verify import Archive, archive
from tests.unit.recordings.integrity.records import NOW, a_recording
from voicegw.clock import SystemClock
from voicegw.errors import ConflictError, NotFoundError, RecordingError
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import CallChanged, RecordingChanged
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.event import EventType
from voicegw.model.event_filter import EventFilter
from voicegw.model.export import Export, ExportKind
from voicegw.model.recording import LegalHold, Place, RecordingFile, RecordingRef, RecordingStatus
from voicegw.model.review import ReviewState
from voicegw.model.work import WorkItem, WorkKind
from voicegw.store import schema
from voicegw.store.audit import AuditLog
from voicegw.store.batch import BatchWriter
from voicegw.store.calls import CallRepository
from voicegw.store.database import Database
from voicegw.store.disposal import DisposalRepository
from voicegw.store.events import EventRepository
from voicegw.store.exports import ExportRepository
from voicegw.store.recordings import RecordingRepository
from voicegw.store.work import WorkQueue

__all__ = ["archive"]

HOLD = LegalHold("key_1", "court", NOW)


@pytest.fixture
def disposal(database: Database) -> DisposalRepository:
    return DisposalRepository(database)


@pytest.fixture
def deleter(archive: Archive, disposal: DisposalRepository) -> RecordingDeleter:
    return RecordingDeleter(disposal, archive.seals, archive.keys, "node-1", SystemClock())


@pytest.fixture
def remover(archive: Archive, disposal: DisposalRepository, tmp_path: Path) -> Remover:
    return a_remover(archive, disposal, tmp_path, RecordingFiles(archive.storage))


def a_remover(archive: Archive, disposal: DisposalRepository, spools: Path, files: Any) -> Remover:
    clock = SystemClock()
    recordings = RecordingRepository(archive.database)
    return Remover(disposal, recordings, files, spools, clock=clock, events=EventFactory(clock))


def entry(action: AuditAction = AuditAction.DELETED, subject: str = "rec_0003") -> AuditEntry:
    return AuditEntry(NOW, "key_1", "admin", action, SubjectKind.RECORDING, subject)


async def removal(database: Database, node: str = "node-1") -> WorkItem:
    item = await WorkQueue(database, node).lease([WorkKind.DELETE], SystemClock().now(), 60)
    assert item is not None
    return item


async def derive(archive: Archive, number: int) -> None:
    """Write what is made of a recording, and its call with its messages."""
    recording_id, call_id = f"rec_{number:04}", f"call_{number:04}"
    common = {"recording_id": recording_id, "created_at": NOW, "document": {}}
    await BatchWriter(archive.database, "node-1").apply_entries(
        [CallChanged(a_call(f"{number:04}", ended=True))], 2
    )
    await archive.execute(
        schema.transcripts.insert().values(
            **common, call_id=call_id, status="completed", text="您好,再见"
        ),
        schema.findings.insert().values(
            **common, id=f"fnd_{number}", kind="forbidden", severity="major"
        ),
        schema.quality_results.insert().values(**common, call_id=call_id),
        schema.call_traces.insert().values(call_id=call_id, data=b"SIP"),
    )
    await WorkQueue(archive.database, "node-1").put(WorkKind.TRANSCRIBE, recording_id, NOW)


async def kept_of(database: Database, number: int) -> set[str]:
    """Return the tables that still hold something of a recording."""
    recording_id, call_id = f"rec_{number:04}", f"call_{number:04}"
    wanted = {
        schema.transcripts: schema.transcripts.c.recording_id == recording_id,
        schema.findings: schema.findings.c.recording_id == recording_id,
        schema.quality_results: schema.quality_results.c.recording_id == recording_id,
        schema.call_traces: schema.call_traces.c.call_id == call_id,
        schema.work: schema.work.c.subject == recording_id,
    }
    found = set()
    async with database.read() as connection:
        for table, condition in wanted.items():
            query = sa.select(sa.func.count()).select_from(table).where(condition)
            if (await connection.execute(query)).scalar_one():
                found.add(table.name)
    return found


async def test_a_deleted_recording_whose_row_is_gone_too(
    archive: Archive, deleter: RecordingDeleter
) -> None:
    unsealed = a_recording(9)
    await write(archive.database, unsealed)
    await deleter.delete(unsealed.id, "asked for", entry(subject=unsealed.id))
    await archive.execute(schema.recordings.delete().where(schema.recordings.c.id == unsealed.id))
    (found,) = (await archive.verify()).findings
    assert (found.fault, found.recording_id) == ("recording-removed", unsealed.id)


@pytest.mark.parametrize("kind", [WorkKind.TRANSCRIBE, WorkKind.CHECK])
async def test_a_recording_deleted_before_its_check_settles_its_call_once(
    archive: Archive, deleter: RecordingDeleter, remover: Remover, kind: WorkKind
) -> None:
    """Nothing more will become known of the call: nobody waits for what will not be done."""
    recording = a_recording(9)
    reference = RecordingRef(recording.id, recording.kind, RecordingStatus.PENDING)
    call = a_call("0009", ended=True, recordings=[reference])
    assert recording.call_id == call.id
    writer = BatchWriter(archive.database, "node-1")
    await writer.apply_entries([CallChanged(call), RecordingChanged(recording)], 9)
    queue = WorkQueue(archive.database, "node-1")
    await queue.put(kind, recording.id, NOW)
    item = await queue.lease([kind], SystemClock().now(), 60)
    assert item is not None
    await deleter.delete(recording.id, "asked for", entry(subject=recording.id))
    assert not await queue.conclude(item, SystemClock().now())
    await remover.handle(await removal(archive.database))
    events = await EventRepository(archive.database).after(wanted=EventFilter(subject=call.id))
    told = [one.event.type for one in events]
    assert told == [EventType.CALL_SETTLED, EventType.RECORDING_DELETED]


async def test_a_deleted_recording_leaves_its_stub_and_nothing_else(
    archive: Archive, deleter: RecordingDeleter, remover: Remover
) -> None:
    await derive(archive, 3)
    await derive(archive, 2)
    deleted = await deleter.delete("rec_0003", "asked for", entry())
    assert (deleted.status, deleted.place) == (RecordingStatus.DELETED, Place.LOCAL)
    assert deleted.deleted_at is not None
    assert await kept_of(archive.database, 3) == {"work"}  # the second step is owed: its files
    path = archive.storage.path(a_recording(3).files[0].key)
    assert path.exists()
    assert (await archive.verify()).findings == []  # with its stub it is as it should be
    await remover.handle(await removal(archive.database))
    assert remover.removed == 1
    assert not path.exists()
    assert await kept_of(archive.database, 3) == set()
    assert len(await kept_of(archive.database, 2)) == 5
    recording = await RecordingRepository(archive.database).get("rec_0003")
    assert recording is not None
    assert (recording.files, recording.path, recording.spool) == ([], None, None)
    assert recording.duration_s == a_recording(3).duration_s
    report = await archive.verify()
    assert (report.findings, report.deleted) == ([], 1)
    stub = (await archive.seals.of_recordings(["rec_0003"]))["rec_0003"][-1]
    assert stub.document["deletion"]["by"] == "key_1"
    assert stub.document["deletion"]["why"] == "asked for"
    call = await CallRepository(archive.database).get("call_0003")
    assert call is not None
    events = [one.event for one in await EventRepository(archive.database).after(None, 100)]
    told = [one for one in events if one.type is EventType.RECORDING_DELETED]
    assert [(one.subject, one.data["status"]) for one in told] == [("call_0003", "deleted")]
    (noted,) = (await AuditLog(archive.database).list()).items
    assert (noted.action, noted.subject) == (AuditAction.DELETED, "rec_0003")


async def test_an_archive_that_took_it_in_while_it_was_deleted_is_withdrawn(
    archive: Archive, deleter: RecordingDeleter, remover: Remover
) -> None:
    """PostgreSQL lets one read what another has deleted and not committed yet."""
    exports = ExportRepository(archive.database)
    export = Export("exp_1", ExportKind.RECORDINGS, "node-1", "key_1", "admin", NOW)
    await exports.create(export)
    await deleter.delete("rec_0003", "asked for", entry())
    await AuditLog(archive.database).note(*exported(export, [a_recording(3)], SystemClock()))
    await remover.handle(await removal(archive.database))
    found = await exports.get("exp_1")
    assert found is not None
    assert found.withdrawn_at is not None


async def test_the_messages_of_a_call_stay_while_another_recording_of_it_is_held(
    archive: Archive, disposal: DisposalRepository, deleter: RecordingDeleter, remover: Remover
) -> None:
    await derive(archive, 3)
    await write(archive.database, a_recording(7, call_id="call_0003", files=[], path=None))
    await disposal.hold("rec_0003", HOLD, entry(AuditAction.HELD))
    await deleter.delete("rec_0007", "", entry(subject="rec_0007"))
    await remover.handle(await removal(archive.database))
    assert schema.call_traces.name in await kept_of(archive.database, 3)
    await disposal.release("rec_0003", entry(AuditAction.RELEASED))
    await deleter.delete("rec_0003", "", entry())
    assert schema.call_traces.name not in await kept_of(archive.database, 3)


async def test_a_hold_wins_until_it_is_taken_away(
    archive: Archive, disposal: DisposalRepository, deleter: RecordingDeleter
) -> None:
    held = await disposal.hold("rec_0003", HOLD, entry(AuditAction.HELD))
    assert held.hold == HOLD
    with pytest.raises(ConflictError) as refused:
        await deleter.delete("rec_0003", "", entry())
    assert refused.value.slug == "recording-held"
    assert (await archive.verify()).findings == []
    for _ in range(2):
        assert (await disposal.release("rec_0003", entry(AuditAction.RELEASED))).hold is None
    assert (await deleter.delete("rec_0003", "", entry())).status is RecordingStatus.DELETED
    actions = [one.action for one in (await AuditLog(archive.database).list()).items]
    assert actions == ["recording.deleted", *["recording.released"] * 2, "recording.held"]


async def test_what_is_refused_leaves_nothing_behind(
    archive: Archive, deleter: RecordingDeleter
) -> None:
    review = {
        "id": "rev_1", "recording_id": "rec_0002", "call_id": "call_0002",
        "scorecard_id": "crd_1", "state": ReviewState.APPEALED, "created_at": NOW, "document": {},
    }  # fmt: skip
    await archive.execute(schema.reviews.insert().values(**review))
    await write(archive.database, a_recording(9, status=RecordingStatus.PENDING))
    for recording_id, slug in (
        ("rec_0002", "recording-under-review"),
        ("rec_0009", "recording-not-ready"),
    ):
        with pytest.raises(ConflictError) as refused:
            await deleter.delete(recording_id, "", entry(subject=recording_id))
        assert refused.value.slug == slug
    with pytest.raises(NotFoundError):
        await deleter.delete("rec_none", "", entry())
    assert (await AuditLog(archive.database).list()).items == []
    assert await WorkQueue(archive.database, "node-1").counts() == {}
    assert (await archive.verify()).findings == []
    await archive.execute(schema.reviews.update().values(state=ReviewState.FINAL))
    await deleter.delete("rec_0002", "", entry(subject="rec_0002"))


async def test_a_recording_is_deleted_once_whoever_asks(
    archive: Archive, deleter: RecordingDeleter
) -> None:
    results = await asyncio.gather(
        *(deleter.delete("rec_0003", "", entry()) for _ in range(5)), return_exceptions=True
    )
    refused = [one.slug for one in results if isinstance(one, ConflictError)]
    assert refused == ["recording-deleted"] * 4
    assert len((await archive.seals.of_recordings(["rec_0003"]))["rec_0003"]) == 2
    assert (await archive.verify()).findings == []


async def test_a_deletion_between_the_completion_and_the_seal(
    archive: Archive, deleter: RecordingDeleter
) -> None:
    await write(archive.database, a_recording(7, files=[], path=None))
    await deleter.delete("rec_0007", "", entry(subject="rec_0007"))
    await archive.sealer.seal_all()
    assert (await archive.verify()).findings == []
    assert await WorkQueue(archive.database, "node-1").counts() == {("delete", "waiting"): 1}


async def test_another_node_deletes_and_the_one_with_the_files_removes(
    archive: Archive, disposal: DisposalRepository, tmp_path: Path
) -> None:
    keys = KeyFolder(tmp_path / "other")
    other = RecordingDeleter(disposal, archive.seals, keys, "node-2", SystemClock())
    await other.delete("rec_0003", "", entry())
    (stub,) = await archive.seals.page("node-2", 0, 9)
    assert stub.document["deletion"]["sealed_as"]["node"] == "node-1"
    queue = WorkQueue(archive.database, "node-2")
    assert await queue.lease([WorkKind.DELETE], SystemClock().now(), 60) is None
    assert (await removal(archive.database)).subject == "rec_0003"
    assert (await archive.verify()).findings == []


async def test_a_recording_in_the_storage_only_is_removed_by_any_node(
    archive: Archive, deleter: RecordingDeleter
) -> None:
    remote = a_recording(7, place=Place.REMOTE)
    await write(archive.database, remote)
    await deleter.delete("rec_0007", "", entry(subject="rec_0007"))
    assert (await removal(archive.database, "node-2")).subject == "rec_0007"


async def test_a_killed_removal_is_done_again(
    archive: Archive, deleter: RecordingDeleter, disposal: DisposalRepository, tmp_path: Path
) -> None:
    await deleter.delete("rec_0003", "", entry())
    item = await removal(archive.database)
    archive.storage.delete(a_recording(3).files[0].key)  # and then the node is killed
    later = await WorkQueue(archive.database, "node-1").lease(
        [WorkKind.DELETE], item.lease_until, 60
    )
    assert later is not None
    remover = a_remover(archive, disposal, tmp_path, RecordingFiles(archive.storage))
    await remover.handle(item)  # it was not dead after all: its lease is
    assert remover.removed == 0
    await remover.handle(later)
    assert remover.removed == 1
    await remover.handle(later)
    assert remover.removed == 1
    assert (await archive.verify()).findings == []


async def test_what_no_record_tells_of_goes_with_its_recording(
    archive: Archive, deleter: RecordingDeleter, remover: Remover
) -> None:
    """A kill between a file's move to its place and its record leaves such."""
    key = a_recording(3).files[0].key
    copy, other = (
        archive.storage.path(key.replace(".flac", ".9f3a.flac")),
        archive.storage.path(key.replace("rec_0003.", "rec_00031.")),
    )
    for path in (copy, other):
        path.write_bytes(b"sound")
    await deleter.delete("rec_0003", "", entry())
    await remover.handle(await removal(archive.database))
    assert not copy.exists()
    assert other.exists()
    assert (await archive.verify()).findings == []


async def test_a_removal_waits_for_the_upload_in_hand(
    archive: Archive, deleter: RecordingDeleter, remover: Remover
) -> None:
    """What the upload brings after the removal would stay in the storage if it were killed."""
    queue, now = WorkQueue(archive.database, "node-1"), SystemClock().now()
    await queue.put(WorkKind.UPLOAD, "rec_0003", now)
    upload = await queue.lease([WorkKind.UPLOAD], now, 3600)
    assert upload is not None
    await deleter.delete("rec_0003", "", entry())
    item = await removal(archive.database)
    with pytest.raises(NotNowError):
        await remover.handle(item)
    assert archive.storage.exists(a_recording(3).files[0].key)
    assert await queue.conclude(upload, now)
    await remover.handle(item)
    assert remover.removed == 1
    assert await kept_of(archive.database, 3) == set()


async def test_a_removal_does_not_wait_for_the_dead(
    archive: Archive, deleter: RecordingDeleter, remover: Remover
) -> None:
    queue = WorkQueue(archive.database, "node-1")
    await queue.put(WorkKind.UPLOAD, "rec_0003", NOW)
    assert await queue.lease([WorkKind.UPLOAD], NOW, 60) is not None  # long ago
    await deleter.delete("rec_0003", "", entry())
    await remover.handle(await removal(archive.database))
    assert remover.removed == 1
    assert await kept_of(archive.database, 3) == set()


async def test_a_storage_that_refuses_costs_no_attempt(
    archive: Archive, deleter: RecordingDeleter, disposal: DisposalRepository, tmp_path: Path
) -> None:
    class Refusing:
        def __init__(self, error: Exception) -> None:
            self.error = error

        def delete(self, file: RecordingFile) -> None:
            raise self.error

        def delete_all(self, prefix: str) -> None:
            raise self.error

    await deleter.delete("rec_0003", "", entry())
    item = await removal(archive.database)
    for error in (OSError("no such device"), RecordingError("away")):
        with pytest.raises(NotNowError):
            await a_remover(archive, disposal, tmp_path, Refusing(error)).handle(item)
    recording = await RecordingRepository(archive.database).get("rec_0003")
    assert recording is not None
    assert recording.files  # what is to be removed is still known


async def test_the_spool_of_what_could_not_be_made_goes_as_well(
    archive: Archive, deleter: RecordingDeleter, remover: Remover, tmp_path: Path
) -> None:
    spool = tmp_path / "rec_0007.spool"
    spool.write_bytes(b"captured")
    failed = a_recording(
        7, status=RecordingStatus.FAILED, files=[], path=None, spool=spool.name, sha256=None
    )
    await write(archive.database, failed)
    await archive.seals.seal_waiting("node-1", 9, seal)
    await deleter.delete("rec_0007", "", entry(subject="rec_0007"))
    await remover.handle(await removal(archive.database))
    assert not spool.exists()
    assert (await archive.verify()).findings == []


async def test_work_to_delete_what_is_not_deleted_touches_nothing(
    archive: Archive, remover: Remover
) -> None:
    await derive(archive, 3)
    await WorkQueue(archive.database, "node-1").put(WorkKind.DELETE, "rec_0003", NOW)
    await remover.handle(await removal(archive.database))
    assert LocalStorage(archive.storage.root).exists(a_recording(3).files[0].key)
    assert "transcripts" in await kept_of(archive.database, 3)
    assert (await archive.verify()).findings == []
