"""Exports that are stopped in mid-file, and archives that grow past what fits into memory."""

from __future__ import annotations

import asyncio
import io
import threading
import tracemalloc
import zipfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from recordings.care.archive import ArchiveWriter
from recordings.care.evidence_files import OpensFiles
from recordings.care.export import ExportWriter
from recordings.care.export_service import ExportService
from tests.parts.empty_store import empty_store
from tests.unit.api.fakes import START, FakeClock, make_call, make_recording
from voicegw.clock import Clock
from voicegw.errors import StoreUnavailableError
from voicegw.model.export import Export, ExportContent, ExportKind, ExportState
from voicegw.model.recording import FileKind, RecordingFile
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.evidence import Evidence
from voicegw.store.exports import ExportRepository


class HeldFiles:
    """Gives files only once it is told to."""

    remote = None

    def __init__(self) -> None:
        self.asked, self.go_on = threading.Event(), threading.Event()

    def open(self, file: RecordingFile) -> BinaryIO:
        """Wait, then return nothing but zeros."""
        self.asked.set()
        assert self.go_on.wait(10)
        return io.BytesIO(bytes(file.plain_bytes))


class OneRecording:
    """A request for one recording."""

    def __init__(self) -> None:
        self.export = Export("exp_1", ExportKind.RECORDINGS, "node-1", "key_1", "admin", START)
        self.export.contents = [ExportContent.MASTER]
        self.recording = make_recording(make_call())
        self.recording.files = [
            RecordingFile(FileKind.MASTER, "a.flac", "audio/flac", 9, "ab", 9, "ab")
        ]

    async def pages(self, _database: Database, _clock: Clock) -> AsyncIterator[Sequence[Any]]:
        """Yield the recording."""
        yield [Evidence(self.recording)]

    def writer(self, target: Path, files: OpensFiles) -> ExportWriter:
        """Begin the archive."""
        return ExportWriter(target, self.export, files)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty store."""
    url = f"sqlite:///{tmp_path}/voicegw.db"
    empty_store(url)
    opened = await Database.open(url)
    yield opened
    await opened.close()


async def test_an_export_that_is_stopped_in_mid_file_leaves_nothing(
    database: Database, tmp_path: Path
) -> None:
    files, request = HeldFiles(), OneRecording()
    folder = tmp_path / "archives"
    service = ExportService(
        database, files, FakeClock(), node="node-1", folder=folder, keep_hours=1
    )
    await service.start(request)
    await _until(files.asked)
    threading.Timer(0.05, files.go_on.set).start()
    await service.stop()
    assert list(folder.iterdir()) == []
    stored = await ExportRepository(database).get("exp_1")
    assert stored is not None
    assert (stored.state, stored.failure) == (ExportState.FAILED, "interrupted")


async def _until(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, 10)


class Zeros(io.RawIOBase):
    """So many zeros, made as they are read."""

    def __init__(self, size_bytes: int) -> None:
        self.left = size_bytes

    def read(self, size: int = -1) -> bytes:
        """Return the next ones."""
        given = min(size, self.left)
        self.left -= given
        return bytes(given)


def test_memory_does_not_grow_with_the_archive(tmp_path: Path) -> None:
    tracemalloc.start()
    writer = ArchiveWriter(tmp_path / "a.zip", START)
    for number in range(4):
        stream: Any = Zeros(16 << 20)
        writer.add(f"{number}", stream, 16 << 20)
    made = writer.close()
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert made.size_bytes > 64 << 20
    assert peak_bytes < 8 << 20
    (tmp_path / "a.zip").unlink()


def test_an_archive_never_replaces_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        ArchiveWriter(path, START)
    assert path.read_bytes() == b"mine"


async def test_an_export_that_ends_while_the_store_is_away_is_not_running_for_ever(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, request = HeldFiles(), OneRecording()
    folder, exports = tmp_path / "archives", ExportRepository(database)
    service = ExportService(
        database, files, FakeClock(), node="node-1", folder=folder, keep_hours=1
    )
    await service.start(request)
    await _until(files.asked)

    async def away(*_: object) -> None:
        raise StoreUnavailableError("away")

    with monkeypatch.context() as patch:
        patch.setattr(ExportRepository, "update", away)
        files.go_on.set()
        await service.join()
        with pytest.raises(StoreUnavailableError):
            await service.tidy()
    stored = await exports.get("exp_1")
    assert stored is not None
    assert stored.state is ExportState.RUNNING
    await service.tidy()
    stored = await exports.get("exp_1")
    assert stored is not None
    assert (stored.state, stored.failure) == (ExportState.FAILED, "store-unavailable")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("is_away", [False, True])
async def test_an_export_that_is_gone_from_the_store_leaves_no_archive_and_no_fault(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    is_away: bool,
) -> None:
    """Its end finds no record, at once or, where the store was away just then, later on."""
    files, request = HeldFiles(), OneRecording()
    folder = tmp_path / "archives"
    service = ExportService(
        database, files, FakeClock(), node="node-1", folder=folder, keep_hours=1
    )
    await service.start(request)
    await _until(files.asked)
    (running,) = service._tasks
    async with database.write() as connection:
        await connection.execute(schema.exports.delete())

    async def away(*_: object) -> None:
        raise StoreUnavailableError("away")

    with monkeypatch.context() as patch:
        if is_away:
            patch.setattr(ExportRepository, "update", away)
        files.go_on.set()
        await service.join()
    assert running.exception() is None
    assert list(folder.iterdir()) == []
    assert service.ended == {ExportState.FAILED: 1}
    await service.tidy()
    await service.tidy()
    told = [one for one in caplog.records if "not in the store any more" in one.message]
    assert len(told) == 1


def test_members_and_archives_beyond_the_old_limits_are_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.zip"
    with monkeypatch.context() as patch:
        patch.setattr(zipfile, "ZIP64_LIMIT", 1000)
        patch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 5)
        writer = ArchiveWriter(path, START)
        for number in range(9):
            writer.add_bytes(f"{number}", bytes([number]) * 700 * (number + 1))
        writer.close()
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert [one.file_size for one in archive.infolist()] == [700 * n for n in range(1, 10)]
        assert b"PK\6\6" in path.read_bytes()  # the end of a zip64 directory
