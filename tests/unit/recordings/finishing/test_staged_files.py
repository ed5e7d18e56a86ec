from __future__ import annotations

import errno
import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile

from recordings.finishing import libopus, peaks, staged_files
from recordings.finishing.finisher import FinishedRecording, finish
from recordings.finishing.listening import ListenFormat, listening_writer
from recordings.finishing.staged_files import RecordingInStaging
from recordings.storage.files import RecordingFiles
from recordings.storage.local import LocalStorage
from tests.parts.needs import require
from tests.unit.recordings.spools import (
    Sender,
    WidebandSender,
    as_captured,
    end,
    mark,
    sine,
    write_spool,
)
from voicegw.model.recording import FileKind, Recording, RecordingKind, RecordingStatus

SOUND = np.stack([sine(400, 3.1), sine(1000, 3.1)], axis=1)


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "store")


def recording() -> Recording:
    return Recording(
        id="rec_a",
        call_id="call_a",
        kind=RecordingKind.TALK,
        status=RecordingStatus.PENDING,
        node="n1",
        created_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    )


@pytest.mark.parametrize("wanted", [ListenFormat.OPUS, ListenFormat.MP3])
@pytest.mark.parametrize("rate_hz", [8000, 16_000])
def test_a_listening_copy_sounds_like_the_master(
    tmp_path: Path, storage: LocalStorage, wanted: ListenFormat, rate_hz: int
) -> None:
    left = (
        Sender(0, sine(400, 3))
        if rate_hz == 8000
        else WidebandSender(0, "G722", sine(400, 3, rate_hz=rate_hz))
    )
    records = as_captured(
        [] if isinstance(left, Sender) else [left.mark()],
        [mark(0, "bridge")],
        left.packets(),
        Sender(1, sine(1000, 3)).packets(),
        [end(3.1)],
    )
    spool = write_spool(tmp_path / "a.spool", records)
    result = finish(spool, recording(), storage, wanted)
    assert isinstance(result, FinishedRecording)
    kinds = [file.kind for file in result.files]
    assert kinds == [FileKind.PEAKS, FileKind.LISTENING, FileKind.MASTER]
    copy = result.files[1]
    assert copy.key == f"2026/01/02/rec_a.{wanted}"
    sound, decoded_hz = soundfile.read(storage.path(copy.key), dtype="int16")
    with RecordingFiles(storage).open(result.master) as stream:
        master, _ = soundfile.read(stream, dtype="int16")
    assert decoded_hz == rate_hz
    assert len(sound) == len(master)
    heard = slice(rate_hz // 2, 2 * rate_hz)
    for channel in range(2):
        alike = np.corrcoef(sound[heard, channel], master[heard, channel])[0, 1]
        assert alike > 0.98
    points = peaks.decode(storage.path(result.files[0].key).read_bytes())
    assert points.sample_rate_hz == rate_hz
    assert len(points.points) == 62
    # A recording that is found again after a crash is found with all its files.
    spool.unlink()
    again = finish(spool, recording(), storage, wanted)
    assert isinstance(again, FinishedRecording)
    assert again.files == result.files
    assert not list(storage.staging().iterdir())


@pytest.mark.parametrize("rate_hz", [8000, 16_000])
@pytest.mark.parametrize(
    ("library", "seconds"),
    [(True, 0.0001), (True, 0.06), (True, 1.0), (True, 70.3), (False, 0.0001), (False, 1.0)],
)
def test_opus_is_as_long_as_what_was_written_with_the_library_and_without(
    monkeypatch: pytest.MonkeyPatch, rate_hz: int, library: bool, seconds: float
) -> None:
    if not library:
        monkeypatch.setattr("recordings.finishing.libopus.load", lambda: None)
    else:
        require(libopus.load() is not None, "libopus0")
    time_s = np.arange(max(round(rate_hz * seconds), 1)) / rate_hz
    tone = (8000 * np.sin(2 * np.pi * 400 * time_s)).astype(np.int16)
    sound = np.stack([tone, np.zeros_like(tone)], axis=1)
    stream = io.BytesIO()
    writer = listening_writer(stream, rate_hz, ListenFormat.OPUS)
    for start in range(0, len(sound), 1111):
        writer.write(sound[start : start + 1111])
    writer.close()
    decoded, decoded_hz = soundfile.read(io.BytesIO(stream.getvalue()), dtype="int16")
    assert (decoded_hz, len(decoded)) == (rate_hz, len(sound))
    if seconds >= 1:
        middle = slice(rate_hz // 4, len(tone) - rate_hz // 4)
        assert np.corrcoef(decoded[middle, 0], tone[middle])[0, 1] > 0.99
        assert np.abs(decoded[middle, 1]).max() < 200


def test_an_opus_encoder_that_refuses_is_told() -> None:
    library = libopus.load()
    require(library is not None, "libopus0")
    assert library is not None
    with pytest.raises(OSError, match="libopus"):
        libopus.OpusEncoder(library, 44_100, 2, bit_rate=24_000, complexity=0)
    with pytest.raises(OSError, match="libopus"):
        libopus.OpusEncoder(library, 8000, 2, bit_rate=24_000, complexity=11)
    encoder = libopus.OpusEncoder(library, 8000, 2, bit_rate=24_000, complexity=0)
    with pytest.raises(OSError, match="libopus"):
        encoder.encode(np.zeros((7, 2), np.int16))
    encoder.close()
    encoder.close()


def test_leaving_without_storing_leaves_nothing(storage: LocalStorage) -> None:
    with RecordingInStaging(recording(), storage, 8000, ListenFormat.OPUS) as staged:
        staged.write(SOUND)
        assert len(list(storage.staging().iterdir())) == 3
    assert not list(storage.staging().iterdir())
    assert [path.name for path in storage.root.rglob("*")] == [".staging"]


class Refusing:
    """A writer that fails at the call named."""

    def __init__(self, at: str, error: OSError) -> None:
        self.at = at
        self.error = error
        self.frames = 0

    def write(self, block: object) -> None:
        self.fail("write")

    def close(self) -> None:
        self.fail("close")

    def abandon(self) -> None:
        """Holds nothing."""

    def fail(self, at: str) -> None:
        if self.at == at:
            raise self.error


@pytest.mark.parametrize("at", ["write", "close", "open"])
def test_an_encoder_that_refuses_costs_only_the_listening_copy(
    storage: LocalStorage, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    refuse(monkeypatch, at, OSError("Unspecified internal error."))
    with RecordingInStaging(recording(), storage, 8000, ListenFormat.OPUS) as staged:
        staged.write(SOUND)
        staged.complete()
        stored = staged.put()
    assert [file.kind for file in stored] == [FileKind.PEAKS, FileKind.MASTER]
    assert staged.frames == len(SOUND)
    assert not list(storage.staging().iterdir())


@pytest.mark.parametrize("at", ["write", "close", "open"])
def test_a_full_disk_costs_no_file(
    storage: LocalStorage, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    refuse(monkeypatch, at, OSError(errno.ENOSPC, "No space left on device"))

    def make() -> None:
        with RecordingInStaging(recording(), storage, 8000, ListenFormat.OPUS) as staged:
            staged.write(SOUND)
            staged.complete()

    with pytest.raises(OSError, match="No space"):
        make()
    assert not list(storage.staging().iterdir())


def refuse(monkeypatch: pytest.MonkeyPatch, at: str, error: OSError) -> None:
    def writer(stream: object, rate_hz: int, wanted: ListenFormat) -> Refusing:
        if at == "open":
            raise error
        return Refusing(at, error)

    monkeypatch.setattr(staged_files, "listening_writer", writer)
