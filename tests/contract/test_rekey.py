"""Recordings are encrypted anew: heard as before at any moment, and sealed as they are then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest

from recordings.storage.files import RecordingFiles
from recordings.storage.local import LocalStorage
from recordings.storage.rekey import Rekeyer, RekeyReport
from recordings.storage.remote import RemoteStorage
from tests.contract.records import a_recording
from tests.parts.s3 import S3Server
from voicegw.errors import StorageUnavailableError
from voicegw.journal.entries import RecordingChanged
from voicegw.keyring import KeyRing, add_key
from voicegw.model.recording import FileKind, Place, Recording, RecordingFile, RecordingStatus
from voicegw.model.work import WorkKind, WorkState
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.recordings import RecordingRepository
from voicegw.store.uploads import UploadStore
from voicegw.store.work import WorkQueue

PLAIN = b"fLaC and what follows" * 5000
TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    """A storage that speaks S3."""
    made = S3Server()
    made.start()
    yield made
    made.stop()


class Archive:
    """Recordings of several ages of encryption."""

    def __init__(self, tmp_path: Path, database: Database) -> None:
        self.key_file = tmp_path / "keys"
        self.plain = LocalStorage(tmp_path / "local")
        add_key(self.key_file, TODAY)
        self.keys = KeyRing(self.key_file)
        self.local = LocalStorage(tmp_path / "local", self.keys)
        self.database = database
        self.store = UploadStore(database, "node-1")
        self.batch = BatchWriter(database, "node-1")
        self.made = 0

    async def add(self, storage: LocalStorage, place: Place = Place.LOCAL) -> Recording:
        self.made += 1
        recording = a_recording(str(self.made), "call_1", RecordingStatus.COMPLETED)
        with storage.stage(f"2026/03/04/{recording.id}.flac") as staged:
            staged.stream.write(PLAIN)
            recording.files = [staged.put(FileKind.MASTER, "audio/flac")]
        recording.place = place
        await self.batch.apply_entries([RecordingChanged(recording)], self.made)
        return recording

    async def now(self, recording: Recording) -> Recording:
        found = await RecordingRepository(self.database).get(recording.id)
        assert found is not None
        return found

    async def rekey(self, files: RecordingFiles) -> RekeyReport:
        self.keys.refresh()
        rekeyer = Rekeyer(files, self.keys, self.store)
        await rekeyer.run()
        return rekeyer.report


@pytest.fixture
def archive(tmp_path: Path, database: Database) -> Archive:
    return Archive(tmp_path, database)


def heard(files: RecordingFiles, recording: Recording) -> bytes:
    with files.open_kind(recording, FileKind.MASTER) as stream:
        return stream.read()


async def test_plain_and_older_files_get_the_newest_key_and_a_seal(archive: Archive) -> None:
    files = RecordingFiles(archive.local)
    plain, older = await archive.add(archive.plain), await archive.add(archive.local)
    old = archive.keys.current
    new = add_key(archive.key_file, TODAY)
    archive.keys.refresh()
    newest = await archive.add(archive.local)
    assert await archive.rekey(files) == RekeyReport(rekeyed=2, current=1)
    for recording in (plain, older, newest):
        after = await archive.now(recording)
        assert after.files[0].key_id == new.id != old.id
        assert after.files[0].sha256 == recording.files[0].sha256
        stored = archive.local.describe(after.files[0].key, FileKind.MASTER, "audio/flac")
        assert stored == after.files[0]
        assert heard(files, after) == PLAIN
        # Who holds the record of before hears the same.
        assert heard(files, recording) == PLAIN
    counts = await WorkQueue(archive.database, "node-1").counts()
    assert counts[WorkKind.SEAL, WorkState.WAITING] >= 2
    assert await archive.rekey(files) == RekeyReport(current=3)
    archive.key_file.write_text(archive.key_file.read_text().replace(old.id, "gone"))
    assert heard(RecordingFiles(archive.local), await archive.now(plain)) == PLAIN


async def test_a_kill_before_the_record_was_changed_is_made_up_for(archive: Archive) -> None:
    files = RecordingFiles(archive.local)
    recording = await archive.add(archive.plain)
    with archive.local.stage(recording.files[0].key) as staged:
        staged.stream.write(PLAIN)
        staged.put(FileKind.MASTER, "audio/flac")
    assert heard(files, recording) == PLAIN
    assert await archive.rekey(files) == RekeyReport(rekeyed=1)
    after = await archive.now(recording)
    assert (
        archive.local.describe(after.files[0].key, FileKind.MASTER, "audio/flac")
        == (after.files[0])
    )


async def test_what_is_deleted_while_it_is_encrypted_anew_stays_away(
    archive: Archive, server: S3Server
) -> None:
    remote = RemoteStorage(server.options(archive.key_file.parent.name))
    files = RecordingFiles(archive.local, remote)
    recording = await archive.add(archive.plain, Place.BOTH)
    remote.put(archive.local.path(recording.files[0].key), recording.files[0].key)

    class Deleting(UploadStore):
        async def rekeyed(self, recording_id: str, *about: RecordingFile) -> bool:
            def gone(one: Recording) -> Recording:
                return msgspec.structs.replace(one, status=RecordingStatus.DELETED, files=[])

            await RecordingRepository(archive.database).change(recording_id, gone)
            return await super().rekeyed(recording_id, *about)

    await Rekeyer(files, archive.keys, Deleting(archive.database, "node-1")).run()
    assert not archive.local.exists(recording.files[0].key)
    assert remote.size_bytes(recording.files[0].key) is None


async def test_a_kill_after_the_storage_was_written_is_heard_elsewhere(
    archive: Archive, server: S3Server, tmp_path: Path
) -> None:
    remote = RemoteStorage(server.options(archive.key_file.parent.name))
    recording = await archive.add(archive.plain, Place.REMOTE)
    with archive.local.stage(recording.files[0].key) as staged:
        staged.stream.write(PLAIN)
        staged.put(FileKind.MASTER, "audio/flac")
    remote.put(archive.local.path(recording.files[0].key), recording.files[0].key)
    another_node = RecordingFiles(LocalStorage(tmp_path / "other", archive.keys), remote)
    assert heard(another_node, recording) == PLAIN


async def test_a_damaged_file_stays_as_it_is_and_is_told(archive: Archive) -> None:
    recording = await archive.add(archive.plain)
    path = archive.local.path(recording.files[0].key)
    path.write_bytes(bytes(len(PLAIN)))
    rekeyer = Rekeyer(RecordingFiles(archive.local), archive.keys, archive.store)
    await rekeyer.run()
    assert rekeyer.report == RekeyReport(failed=1)
    assert rekeyer.failures == [(recording.id, "recording-damaged")]
    assert path.read_bytes() == bytes(len(PLAIN))


async def test_what_lies_in_the_storage_is_brought_there_again(
    archive: Archive, server: S3Server
) -> None:
    remote = RemoteStorage(server.options(archive.key_file.parent.name))
    files = RecordingFiles(archive.local, remote)
    both = await archive.add(archive.local, Place.BOTH)
    away = await archive.add(archive.local, Place.REMOTE)
    waiting = await archive.add(archive.local, Place.LOCAL)
    for _ in range(3):
        await archive.add(archive.plain, Place.LOCAL)
    for recording in (both, away):
        remote.put(archive.local.path(recording.files[0].key), recording.files[0].key)
    archive.local.delete(away.files[0].key)
    add_key(archive.key_file, TODAY)
    writes = archive.database.seconds["write"].count
    assert await archive.rekey(files) == RekeyReport(rekeyed=2, waiting=4)
    # One for each file, one for all uploads: a large archive that waits costs the node nothing.
    assert archive.database.seconds["write"].count == writes + 3
    for recording in (both, away):
        (file,) = (await archive.now(recording)).files
        assert file.key_id == archive.keys.current.id
        assert remote.digest(file.key) == (file.stored_sha256, file.size_bytes)
    assert archive.local.exists(both.files[0].key)
    assert not archive.local.exists(away.files[0].key)
    assert (await archive.now(waiting)).files == waiting.files
    server.stop()
    try:
        add_key(archive.key_file, TODAY)
        with pytest.raises(StorageUnavailableError):
            await archive.rekey(files)
    finally:
        server.start()
