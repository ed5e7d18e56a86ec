"""With a key, no plain byte of a recording reaches the disk, and a missing key loses nothing."""

from __future__ import annotations

import io
import os
import random
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
import soundfile

from recordings.finishing import finisher_process
from recordings.finishing.finisher import (
    FailedRecording,
    FinishedRecording,
    FinishResult,
    PostponeCause,
    PostponedRecording,
    finish,
)
from recordings.finishing.listening import ListenFormat
from recordings.finishing.protocol import FinishRequest, encode_line, reply_decoder
from recordings.storage.files import RecordingFiles
from recordings.storage.local import LocalStorage
from recordings.storage.staging import digest
from tests.unit.recordings.spools import Sender, as_captured, end, mark, sine, write_spool
from voicegw.encryption import BlockSealer
from voicegw.errors import DamagedFileError, KeyMissingError, NotFoundError
from voicegw.keyring import KeyRing, add_key
from voicegw.media.spool import (
    CapturedPacket,
    CaptureMark,
    CaptureRecord,
    encode_end,
    encode_header,
    encode_mark,
    encode_packet,
)
from voicegw.media.spool_file import new_spool_key
from voicegw.model.recording import FileKind, Recording, RecordingKind, RecordingStatus

RECORDING = Recording(
    id="rec_a",
    call_id="call_a",
    kind=RecordingKind.TALK,
    status=RecordingStatus.PENDING,
    node="n1",
    created_at=datetime(2026, 11, 21, tzinfo=UTC),
)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    add_key(tmp_path / "keys", date(2026, 11, 21))
    return tmp_path / "keys"


@pytest.fixture
def storage(tmp_path: Path, key_file: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "store", KeyRing(key_file))


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    records = as_captured(
        [mark(0, "bridge")],
        Sender(0, sine(400, 8)).packets(),
        Sender(1, sine(1000, 8)).packets(),
        [end(8)],
    )
    return write_spool(tmp_path / "spool" / "rec_a.spool", records)


def finished(result: FinishResult) -> FinishedRecording:
    assert isinstance(result, FinishedRecording)
    return result


def test_the_file_is_encrypted_and_its_plain_bytes_are_those_of_no_key(
    tmp_path: Path, storage: LocalStorage, spool: Path
) -> None:
    file = finished(finish(spool, RECORDING, storage)).master
    open_storage = LocalStorage(tmp_path / "open")
    plain = finished(finish(spool, RECORDING, open_storage)).master
    assert (plain.key_id, plain.sha256) == (None, plain.stored_sha256)
    assert storage.keys is not None
    assert file.key_id == storage.keys.current.id
    assert (file.sha256, file.plain_bytes) == (plain.sha256, plain.plain_bytes)
    with storage.path(file.key).open("rb") as stored:
        assert digest(stored) == (file.stored_sha256, file.size_bytes)
    content = open_storage.path(plain.key).read_bytes()
    on_disk = b"".join(path.read_bytes() for path in storage.root.rglob("*") if path.is_file())
    assert b"fLaC" not in on_disk
    assert not any(content[n : n + 12] in on_disk for n in range(0, len(content) - 12, 97))
    with RecordingFiles(storage).open(file) as stream:
        assert stream.read() == content
        stream.seek(0)
        with soundfile.SoundFile(stream) as sound:
            assert sound.frames == 64_000


@pytest.mark.parametrize("listening", [ListenFormat.OPUS, ListenFormat.MP3])
def test_listening_copy_and_wave_form_are_encrypted_too(
    storage: LocalStorage, spool: Path, listening: ListenFormat
) -> None:
    files = finished(finish(spool, RECORDING, storage, listening)).files
    assert {file.kind for file in files} == {FileKind.MASTER, FileKind.LISTENING, FileKind.PEAKS}
    assert all(file.key_id for file in files)
    for file in files:
        assert storage.path(file.key).read_bytes().startswith(b"VGWENC")
        with RecordingFiles(storage).open(file) as stream:
            assert digest(stream) == (file.sha256, file.plain_bytes)
            if file.kind is FileKind.LISTENING:
                stream.seek(0)
                assert soundfile.info(stream).duration == pytest.approx(8, abs=0.1)


def test_every_change_of_an_encrypted_spool_has_a_clear_end(
    storage: LocalStorage, tmp_path: Path
) -> None:
    """Told as damage, waiting for a key that nobody has, or cut where a crash would have cut it.

    One block of a talk costs that block.
    """
    path = tmp_path / "spool" / "rec_a.spool"
    write_encrypted(path, storage)
    whole = path.read_bytes()
    first = finished(finish(path, RECORDING, storage))
    draw = random.Random(1)
    told: Counter[str] = Counter()
    for _ in range(60):
        changed = bytearray(whole)
        place = draw.randrange(len(whole)) if draw.random() < 0.7 else draw.randrange(70)
        changed[place] ^= 1 << draw.randrange(8)
        path.write_bytes(changed if draw.random() < 0.8 else whole[:place])
        os.utime(path, (1, 1))
        result = finish(path, RECORDING, storage)
        told[type(result).__name__] += 1
        if isinstance(result, FinishedRecording):
            assert result.duration_s <= first.duration_s + 0.05
            assert result.reason in {"partly-damaged", "tail-missing"}
        elif isinstance(result, PostponedRecording):
            assert result.cause is PostponeCause.KEY
        elif isinstance(result, FailedRecording):
            assert result.reason == "spool-damaged"
        if isinstance(result, FinishedRecording) and result.reason == "partly-damaged":
            told["salvaged"] += 1
    assert told["FailedRecording"] >= 5
    assert told["salvaged"] > 10
    assert len(told) >= 3


def test_another_recording_s_spool_in_this_one_s_place_is_refused(
    storage: LocalStorage, tmp_path: Path
) -> None:
    path = tmp_path / "spool" / "rec_b.spool"
    write_encrypted(path, storage)
    other = msgspec.structs.replace(RECORDING, id="rec_b")
    assert finish(path, other, storage) == FailedRecording(
        "spool-damaged", "it is another recording's"
    )


def write_encrypted(path: Path, storage: LocalStorage) -> None:
    """Write a spool of eight blocks with what the other one holds."""
    assert storage.keys is not None
    path.parent.mkdir()
    records = as_captured(
        [mark(0, "bridge")], Sender(0, sine(400, 4)).packets(), Sender(1, sine(900, 4)).packets()
    )
    sealer = BlockSealer(new_spool_key(storage.keys.current))
    with path.open("wb") as stream:
        stream.write(sealer.header)
        parts = [records[n : n + 60] for n in range(0, len(records), 60)]
        for plain in (
            encode_header({"recording_id": "rec_a"}),
            *(b"".join(map(encoded, part)) for part in parts),
            encoded(end(4)),
        ):
            stream.write(sealer.seal(plain))
            sealer.written()


def encoded(record: CaptureRecord) -> bytes:
    if isinstance(record, CapturedPacket):
        return encode_packet(record)
    if isinstance(record, CaptureMark):
        return encode_mark(record.arrival_us, record.detail)
    return encode_end(record.arrival_us)


def test_what_was_finished_before_a_crash_is_recognised(storage: LocalStorage, spool: Path) -> None:
    first = finished(finish(spool, RECORDING, storage))
    spool.unlink()
    again = finished(finish(spool, RECORDING, storage))
    assert again.files == first.files


def test_a_missing_key_puts_off_and_its_return_finishes(
    storage: LocalStorage, spool: Path, key_file: Path
) -> None:
    """Asked of a process that was started without the file, and of one whose file lost the key."""
    finish(spool, RECORDING, storage)
    spool.unlink()
    url, kept = f"file://{storage.root}", key_file.read_bytes()
    key_file.unlink()
    place = finisher_process.StoragePlace(url, str(key_file))

    def ask() -> FinishResult:
        replies = io.BytesIO()
        request = encode_line(FinishRequest(str(spool), RECORDING))
        finisher_process.serve(place, io.BytesIO(request), replies)
        return reply_decoder.decode(replies.getvalue()).result

    for _ in range(2):
        result = ask()
        assert isinstance(result, PostponedRecording)
        assert result.cause is PostponeCause.KEY
        add_key(key_file, date(2026, 11, 22))  # a file again, without the key that is needed
    key_file.write_bytes(key_file.read_bytes() + kept)
    assert isinstance(ask(), FinishedRecording)


def test_files_from_before_there_was_a_key_are_still_read(
    tmp_path: Path, storage: LocalStorage, spool: Path
) -> None:
    before = LocalStorage(storage.root)
    file = finished(finish(spool, RECORDING, before)).master
    with RecordingFiles(storage).open(file) as stream:
        assert stream.read(4) == b"fLaC"


def test_a_file_that_is_not_what_was_stored_is_not_given_out(
    tmp_path: Path, storage: LocalStorage, spool: Path
) -> None:
    file = finished(finish(spool, RECORDING, storage)).master
    files, path = RecordingFiles(storage), storage.path(file.key)
    stored = path.read_bytes()
    path.write_bytes(bytes(file.plain_bytes))  # of the right size, but not encrypted
    with pytest.raises(DamagedFileError):
        files.open(file)
    path.write_bytes(stored[:-1])
    with pytest.raises(DamagedFileError):
        files.open(file)
    path.write_bytes(stored)
    with pytest.raises(KeyMissingError):
        RecordingFiles(LocalStorage(storage.root)).open(file)
    path.unlink()
    with pytest.raises(NotFoundError):
        files.open(file)


def test_an_abandoned_file_leaves_nothing(storage: LocalStorage) -> None:
    def abandon() -> None:
        with storage.stage("2026/11/21/rec_b.flac") as staged:
            staged.stream.write(b"sound")
            raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        abandon()
    assert [path for path in storage.root.rglob("*") if path.is_file()] == []


def test_any_kind_of_file_is_put(storage: LocalStorage) -> None:
    with storage.stage("2026/11/21/rec_b.json") as staged:
        staged.stream.write(b"{}")
        file = staged.put(FileKind.PEAKS, "application/json")
    assert (file.kind, file.media_type, file.plain_bytes) == (FileKind.PEAKS, "application/json", 2)
    with RecordingFiles(storage).open(file) as stream:
        assert stream.read() == b"{}"
    assert storage.describe(file.key, file.kind, file.media_type) == file
