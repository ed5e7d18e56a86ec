"""Recordings reach the object storage whole, whatever happens on the way, and only then leave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from recordings.integrity.deletion import RecordingDeleter
from recordings.integrity.keys import KeyFolder
from recordings.storage.daemon_thread import in_daemon_thread
from recordings.storage.files import RecordingFiles
from recordings.storage.local import LocalStorage
from recordings.storage.rekey import Rekeyer, RekeyReport
from recordings.storage.remote import RemoteStorage
from recordings.storage.upload import ALERT_STORAGE, Uploader
from recordings.storage.upload_service import ALERT_FAILED, UploadService
from recordings.work_loop import NotNowError, WorkRules
from tests.contract.conftest import NOW
from tests.contract.records import a_recording
from tests.parts.s3 import S3Server
from voicegw.clock import SystemClock
from voicegw.errors import DamagedFileError, RecordingError
from voicegw.journal.entries import RecordingChanged
from voicegw.keyring import KeyRing, add_key
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.recording import (
    FileKind,
    Place,
    Recording,
    RecordingFile,
    RecordingStatus,
    RedactedSpan,
    Redaction,
)
from voicegw.model.work import WorkItem, WorkKind, WorkState
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.disposal import DisposalRepository
from voicegw.store.recordings import RecordingRepository
from voicegw.store.redactions import add_redacted_copy
from voicegw.store.seals import SealRepository
from voicegw.store.uploads import Backlog, UploadStore
from voicegw.store.work import WorkQueue

KINDS = [WorkKind.UPLOAD, WorkKind.FORGET_LOCAL]
PLAIN = b"fLaC and what follows" * 20_000
NODE = "node-1"


class FixedClock:
    """Says NOW, or what it was set to."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    """A storage that speaks S3."""
    made = S3Server()
    made.start()
    yield made
    made.stop()


class Desk:
    """An uploader with its storage, its store and what it told."""

    def __init__(self, tmp_path: Path, database: Database, server: S3Server) -> None:
        add_key(tmp_path / "keys", date(2026, 11, 21))
        self.server = server
        self.clock = FixedClock()
        self.local = LocalStorage(tmp_path / "local", KeyRing(tmp_path / "keys"))
        self.remote = RemoteStorage(server.options(tmp_path.name))
        self.files = RecordingFiles(self.local, self.remote)
        self.store = UploadStore(database, NODE)
        self.queue = WorkQueue(database, NODE)
        self.recordings = RecordingRepository(database)
        self.alerts: dict[str, bool] = {}
        self.uploader = self.uploader_to(self.remote)
        self._batch = BatchWriter(database, NODE, follow_up=[WorkKind.UPLOAD])
        self._position = 0

    def uploader_to(self, remote: RemoteStorage) -> Uploader:
        return Uploader(
            self.files, remote, self.store, self.clock, local_days=2, on_alert=self.on_alert
        )

    def on_alert(self, slug: str, raised: bool, detail: str = "") -> None:
        self.alerts[slug] = raised

    async def recorded(self, key: str = "1", local: LocalStorage | None = None) -> Recording:
        """Return a completed recording with two files on the node, written by `local`."""
        recording = a_recording(key, "call_1", RecordingStatus.COMPLETED)
        recording.completed_at = NOW
        recording.files = [
            self.staged(f"2026/03/04/rec_{key}{end}", local) for end in (".flac", ".json")
        ]
        self._position += 1
        await self._batch.apply_entries([RecordingChanged(recording)], self._position)
        return recording

    def staged(self, key: str, local: LocalStorage | None = None) -> RecordingFile:
        with (local or self.local).stage(key) as staged:
            staged.stream.write(PLAIN)
            return staged.put(FileKind.MASTER, "audio/flac")

    async def leased(self) -> WorkItem:
        item = await self.queue.lease(KINDS, self.clock.at, 60)
        assert item is not None
        return item

    async def idle(self) -> bool:
        return await self.queue.lease(KINDS, self.clock.at, 60) is None

    async def now(self, recording: Recording) -> Recording:
        found = await self.recordings.get(recording.id)
        assert found is not None
        return found

    def on_disk(self) -> list[Path]:
        return [path for path in self.local.root.rglob("*") if path.is_file()]

    def readable(self, recording: Recording) -> bool:
        for file in recording.files:
            with self.files.open(file) as stream:
                if stream.read() != PLAIN:
                    return False
        return True


@pytest.fixture
def desk(tmp_path: Path, database: Database, server: S3Server) -> Desk:
    return Desk(tmp_path, database, server)


async def test_a_recording_is_brought_away_and_leaves_after_its_days(desk: Desk) -> None:
    recording = await desk.recorded()
    assert await desk.store.backlog() == Backlog(waiting=1, oldest=NOW, failed=0)
    await desk.uploader.handle(await desk.leased())
    assert (await desk.now(recording)).place is Place.BOTH
    assert len(desk.on_disk()) == 2
    assert await desk.store.backlog() == Backlog(waiting=0, oldest=None, failed=0)
    assert await desk.idle()
    desk.clock.at = NOW + timedelta(days=2, seconds=1)
    item = await desk.leased()
    assert item.kind is WorkKind.FORGET_LOCAL
    await desk.uploader.handle(item)
    assert (await desk.now(recording)).place is Place.REMOTE
    assert desk.on_disk() == []
    assert desk.readable(recording)
    assert await desk.idle()
    assert not any(PLAIN[:16] in content for content in desk.server.objects().values())
    assert desk.alerts == {ALERT_STORAGE: False}


async def test_while_the_storage_is_away_nothing_leaves_and_no_attempt_is_lost(desk: Desk) -> None:
    recording = await desk.recorded()
    away = desk.uploader_to(RemoteStorage(desk.server.options("away")))
    desk.server.stop()
    try:
        with pytest.raises(NotNowError):
            await away.handle(await desk.leased())
    finally:
        desk.server.start()
    assert away.is_away
    assert desk.alerts == {ALERT_STORAGE: True}
    assert (await desk.now(recording)).place is Place.LOCAL
    desk.clock.at += timedelta(seconds=61)
    await desk.uploader.handle(await desk.leased())
    assert desk.alerts == {ALERT_STORAGE: False}
    assert desk.readable(recording)


@pytest.mark.parametrize("after", ["nothing", "one file", "all files", "the record"])
async def test_a_kill_at_any_moment_is_made_up_for(desk: Desk, after: str) -> None:
    recording = await desk.recorded()
    killed = await desk.leased()
    done = {"nothing": [], "one file": recording.files[:1]}.get(after, recording.files)
    for file in done:
        desk.remote.put(desk.local.path(file.key), file.key)
    if after == "the record":
        desk.clock.at += timedelta(days=3)
        await desk.store.uploaded(killed, recording.files, NOW, NOW)
        desk.local.delete(recording.files[0].key)  # killed among the files it was forgetting
    desk.clock.at += timedelta(seconds=61)
    while (item := await desk.queue.lease(KINDS, desk.clock.at, 60)) is not None:
        await desk.uploader.handle(item)
    assert (await desk.now(recording)).place is (
        Place.REMOTE if after == "the record" else Place.BOTH
    )
    assert desk.readable(recording)


async def test_what_the_storage_damaged_is_brought_again(desk: Desk) -> None:
    recording = await desk.recorded()
    file = recording.files[0]
    desk.server.put(f"{desk.local.root.parent.name}/{file.key}", bytes(file.size_bytes))
    await desk.uploader.handle(await desk.leased())
    assert desk.remote.digest(file.key) == (file.stored_sha256, file.size_bytes)


async def test_a_storage_that_gives_back_something_else_is_not_believed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = await desk.recorded()
    monkeypatch.setattr(desk.remote, "digest", lambda key: ("0" * 64, 1))
    with pytest.raises(NotNowError):
        await desk.uploader.handle(await desk.leased())
    assert (await desk.now(recording)).place is Place.LOCAL
    assert len(desk.on_disk()) == 2


async def test_a_damaged_or_missing_local_file_is_not_passed_on(desk: Desk) -> None:
    recording = await desk.recorded()
    path = desk.local.path(recording.files[0].key)
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"!")
    item = await desk.leased()
    with pytest.raises(DamagedFileError):
        await desk.uploader.handle(item)
    assert desk.remote.size_bytes(recording.files[0].key) is None
    path.unlink()
    with pytest.raises(RecordingError):
        await desk.uploader.handle(item)
    assert (await desk.now(recording)).place is Place.LOCAL


async def test_local_files_stay_while_the_storage_lacks_one(desk: Desk) -> None:
    recording = await desk.recorded()
    await desk.uploader.handle(await desk.leased())
    desk.remote.delete(recording.files[1].key)
    desk.clock.at += timedelta(days=3)
    await desk.uploader.handle(await desk.leased())
    assert len(desk.on_disk()) == 2
    assert (await desk.now(recording)).place is Place.LOCAL
    assert (await desk.store.backlog()).waiting == 1
    # What was lost is brought there again, and leaves after its days.
    item = await desk.leased()
    assert item.kind is WorkKind.UPLOAD
    await desk.uploader.handle(item)
    assert desk.remote.size_bytes(recording.files[1].key) == recording.files[1].size_bytes
    desk.clock.at += timedelta(days=3)
    await desk.uploader.handle(await desk.leased())
    assert (await desk.now(recording)).place is Place.REMOTE
    assert desk.on_disk() == []
    assert await desk.idle()


async def test_files_encrypted_anew_while_the_local_ones_leave_are_forgotten_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = await desk.recorded()
    await desk.uploader.handle(await desk.leased())
    forgotten = desk.store.forgotten

    async def meanwhile(*arguments: Any) -> bool:
        monkeypatch.undo()
        before = recording.files[0]
        after = desk.staged(before.key)
        desk.remote.put(desk.local.path(after.key), after.key)
        assert await desk.store.rekeyed(recording.id, before, after)
        return await forgotten(*arguments)

    monkeypatch.setattr(desk.store, "forgotten", meanwhile)
    desk.clock.at += timedelta(days=3)
    item = await desk.leased()
    with pytest.raises(NotNowError):
        await desk.uploader.handle(item)
    await desk.uploader.handle(item)
    assert (await desk.now(recording)).place is Place.REMOTE
    assert desk.on_disk() == []


async def test_work_that_is_another_s_by_now_changes_nothing(desk: Desk) -> None:
    recording = await desk.recorded()
    await desk.uploader.handle(await desk.leased())
    desk.clock.at += timedelta(days=3)
    item = await desk.leased()
    stale = msgspec.structs.replace(item, attempts=item.attempts + 1)
    await desk.store.bring_again(stale, desk.clock.at)
    assert (await desk.now(recording)).place is Place.BOTH
    assert (await desk.store.backlog()).waiting == 0


async def test_a_recording_deleted_while_its_storage_lost_it_is_not_brought_again(
    desk: Desk,
) -> None:
    recording = await desk.recorded()
    await desk.uploader.handle(await desk.leased())
    desk.clock.at += timedelta(days=3)
    item = await desk.leased()
    deleted = await desk.recordings.change(
        recording.id, lambda one: msgspec.structs.replace(one, status=RecordingStatus.DELETED)
    )
    await desk.store.bring_again(item, desk.clock.at)
    assert (await desk.now(recording)).place is deleted.place
    assert await desk.idle()


async def test_a_file_that_is_added_meanwhile_or_later_goes_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = await desk.recorded()
    more = desk.staged("2026/03/04/rec_1.redacted.flac")
    uploaded = desk.store.uploaded
    added: list[Recording] = []

    async def meanwhile(*arguments: Any) -> Recording:
        if not added:
            added.append(await desk.recordings.change(recording.id, add(more)))
        return await uploaded(*arguments)

    def add(file: RecordingFile) -> Callable[[Recording], Recording]:
        def change(one: Recording) -> Recording:
            return msgspec.structs.replace(one, files=[*one.files, file])

        return change

    monkeypatch.setattr(desk.store, "uploaded", meanwhile)
    await desk.uploader.handle(await desk.leased())
    assert desk.remote.size_bytes(more.key) == more.size_bytes
    assert (await desk.now(recording)).place is Place.BOTH
    later = desk.staged("2026/03/04/rec_1.again.flac")
    await desk.recordings.change(recording.id, add(later))
    assert await desk.queue.again(WorkKind.UPLOAD, recording.id, desk.clock.at)
    await desk.uploader.handle(await desk.leased())
    desk.clock.at += timedelta(days=3)
    await desk.uploader.handle(await desk.leased())
    after = await desk.now(recording)
    assert (after.place, len(after.files), desk.on_disk()) == (Place.REMOTE, 4, [])
    assert desk.readable(after)


async def test_what_is_deleted_meanwhile_does_not_come_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = await desk.recorded()
    uploaded = desk.store.uploaded

    async def meanwhile(*arguments: Any) -> Recording:
        await desk.recordings.change(
            recording.id,
            lambda one: msgspec.structs.replace(one, status=RecordingStatus.DELETED, files=[]),
        )
        for file in recording.files:
            desk.files.delete(file)
        desk.remote.put(desk.local.root.parent / "keys", recording.files[0].key)  # a late part
        return await uploaded(*arguments)

    monkeypatch.setattr(desk.store, "uploaded", meanwhile)
    await desk.uploader.handle(await desk.leased())
    assert all(desk.remote.size_bytes(file.key) is None for file in recording.files)
    assert await desk.idle()


async def redacted_elsewhere(desk: Desk, database: Database) -> tuple[Recording, RecordingFile]:
    """Return another node's recording, of which this one has made a copy that it is to upload."""
    recording = await desk.recorded()
    await desk.uploader.handle(await desk.leased())
    moved = await desk.recordings.change(
        recording.id, lambda one: msgspec.structs.replace(one, node="node-0")
    )
    for file in recording.files:
        desk.local.delete(file.key)  # they lie on the other node's disk
    copy = desk.staged("2026/03/04/rec_1.redacted-1.flac")
    redaction = Redaction("key_1", "why", NOW, [RedactedSpan(1.0, 2.0)], copy.sha256)
    entry = AuditEntry(NOW, "key_1", "admin", AuditAction.REDACTED, SubjectKind.RECORDING, "rec_1")
    await add_redacted_copy(database, recording.id, copy, redaction, entry, upload_from=NODE)
    return moved, copy


@pytest.mark.parametrize("killed", [None, "before the record", "after the record"])
async def test_a_copy_made_on_another_node_stays_there_until_it_is_brought_away(
    desk: Desk, database: Database, monkeypatch: pytest.MonkeyPatch, killed: str | None
) -> None:
    recording, copy = await redacted_elsewhere(desk, database)
    assert len(desk.on_disk()) == 1
    uploaded = desk.store.uploaded

    async def kill(*arguments: Any) -> Recording:
        if killed == "after the record":
            await uploaded(*arguments)
        raise ZeroDivisionError

    if killed is not None:
        item = await desk.leased()
        with monkeypatch.context() as patched:
            patched.setattr(desk.store, "uploaded", kill)
            with pytest.raises(ZeroDivisionError):
                await desk.uploader.handle(item)
        desk.clock.at += timedelta(seconds=61)
    if killed != "after the record":
        await desk.uploader.handle(await desk.leased())
    assert desk.on_disk() == []
    assert desk.remote.size_bytes(copy.key) == copy.size_bytes
    assert (await desk.now(recording)).place is Place.BOTH
    assert await desk.idle()


@pytest.mark.parametrize("is_given_up", [False, True])
async def test_a_copy_made_on_another_node_goes_with_its_recording(
    desk: Desk, database: Database, tmp_path: Path, *, is_given_up: bool
) -> None:
    """The recording's own node removes what it and the storage have, and can't reach this disk."""
    recording, copy = await redacted_elsewhere(desk, database)
    if is_given_up:
        await desk.queue.conclude(await desk.leased(), NOW, failure="PermissionError")
        desk.clock.at = SystemClock().now() + timedelta(days=1)
    disposal, clock = DisposalRepository(database), SystemClock()
    keys = KeyFolder(tmp_path / "signing")
    deleter = RecordingDeleter(disposal, SealRepository(database), keys, "node-0", clock)
    entry = AuditEntry(NOW, "key_1", "admin", AuditAction.DELETED, SubjectKind.RECORDING, "rec_1")
    await deleter.delete(recording.id, "asked for", entry)
    own = WorkQueue(database, "node-0")
    item = await own.lease([WorkKind.DELETE], clock.now(), 60)
    assert item is not None
    assert await disposal.removed(item, clock.now(), lambda _recording: None)
    await desk.uploader.handle(await desk.leased())
    assert desk.on_disk() == []
    assert desk.remote.size_bytes(copy.key) is None
    assert await desk.idle()


async def test_all_that_is_a_recording_s_leaves_the_storage(desk: Desk) -> None:
    keys = [f"2026/03/04/{name}" for name in ("rec_1.dat", "rec_1.9.flac", "rec_10.flac")]
    for key in (*keys, "2026/03/04/rec_0.flac", "2026/03/05/rec_1.flac"):
        desk.staged(key)
        desk.remote.put(desk.local.path(key), key)
    desk.files.delete_all("2026/03/04/rec_1.")
    assert [desk.remote.size_bytes(key) is None for key in keys] == [True, True, False]
    assert [desk.local.exists(key) for key in keys] == [False, False, True]
    assert desk.remote.size_bytes("2026/03/04/rec_0.flac") is not None
    assert desk.remote.size_bytes("2026/03/05/rec_1.flac") is not None
    desk.files.delete_all("2026/03/07/rec_1.")  # where nothing was ever


@pytest.mark.parametrize("is_given_up", [False, True])
async def test_what_a_killed_encryption_anew_has_left_is_brought_as_it_is(
    desk: Desk, database: Database, *, is_given_up: bool
) -> None:
    recording = await desk.recorded("1", LocalStorage(desk.local.root))  # from before the keys
    await desk.uploader.handle(await desk.leased())
    keys = desk.local.keys
    assert keys is not None

    class Killed(UploadStore):
        async def rekeyed(self, *_args: object) -> bool:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Rekeyer(desk.files, keys, Killed(database, NODE)).run()
    desk.clock.at += timedelta(days=3)  # before the next run
    item = await desk.leased()
    assert item.kind is WorkKind.FORGET_LOCAL
    await desk.uploader.handle(item)
    assert (await desk.now(recording)).place is Place.LOCAL
    if is_given_up:
        await desk.queue.conclude(await desk.leased(), desk.clock.at, failure="recording-damaged")
        assert (await desk.store.backlog()).failed == 1
        rekeyer = Rekeyer(desk.files, keys, desk.store)
        await rekeyer.run()
        assert rekeyer.report == RekeyReport(waiting=2)
        desk.clock.at = SystemClock().now() + timedelta(seconds=1)
    await desk.uploader.handle(await desk.leased())
    now = await desk.now(recording)
    first, second = now.files
    assert (now.place, first.key_id, second.key_id) == (Place.BOTH, keys.current.id, None)
    for file in now.files:
        assert desk.remote.digest(file.key) == (file.stored_sha256, file.size_bytes)
    assert desk.readable(now)
    assert first.sha256 == recording.files[0].sha256
    assert (WorkKind.SEAL, WorkState.WAITING) in await desk.queue.counts()
    rekeyer = Rekeyer(desk.files, keys, desk.store)
    await rekeyer.run()
    assert rekeyer.report == RekeyReport(current=1, rekeyed=1)


async def test_a_file_of_another_sound_is_not_brought_though_it_is_encrypted(desk: Desk) -> None:
    recording = await desk.recorded("1", LocalStorage(desk.local.root))
    with desk.local.stage(recording.files[0].key) as staged:
        staged.stream.write(bytes(len(PLAIN)))
        staged.put(FileKind.MASTER, "audio/flac")
    with pytest.raises(DamagedFileError):
        await desk.uploader.handle(await desk.leased())
    assert (await desk.now(recording)).files == recording.files


@pytest.mark.parametrize("kind", KINDS)
async def test_work_for_what_is_gone_is_concluded(desk: Desk, kind: WorkKind) -> None:
    await desk.queue.put(kind, "rec_none", NOW)
    await desk.uploader.handle(await desk.leased())
    counts = await desk.queue.counts()
    assert counts == {(kind, WorkState.DONE): 1}


async def test_the_service_brings_all_away_and_tells_of_what_it_can_t(desk: Desk) -> None:
    good, bad = await desk.recorded("1"), await desk.recorded("2")
    for file in bad.files:
        desk.local.delete(file.key)
    rules = WorkRules(attempts=1, idle_s=0.02)
    service = UploadService(
        desk.uploader, desk.store, desk.queue, desk.clock, desk.on_alert, rules=rules
    )
    service.start()
    async with asyncio.timeout(20):
        while service.backlog != Backlog(waiting=0, oldest=None, failed=1):
            await asyncio.sleep(0.02)
            await service.look()
    await service.stop()
    assert (await desk.now(good)).place is Place.BOTH
    assert (await desk.now(bad)).place is Place.LOCAL
    assert desk.alerts[ALERT_FAILED]
    assert service.oldest_s() == 0
    assert desk.uploader.uploaded_bytes == sum(file.size_bytes for file in good.files)


async def test_a_thread_that_waits_is_left_behind() -> None:
    assert await in_daemon_thread(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await in_daemon_thread(lambda: 1 // 0)
