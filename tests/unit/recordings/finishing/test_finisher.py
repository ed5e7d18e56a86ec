from __future__ import annotations

import errno
import fcntl
import io
import os
import resource
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from recordings.finishing import finisher, finisher_process
from recordings.finishing.finisher import (
    AbsentRecording,
    FailedRecording,
    FinishedRecording,
    PostponeCause,
    PostponedRecording,
    finish,
    still_written,
)
from recordings.finishing.protocol import FinishRequest, encode_line, reply_decoder
from recordings.finishing.sound_file import SoundFileWriter
from recordings.finishing.staged_files import master_key
from recordings.storage.local import LocalStorage
from tests.parts.needs import missing
from tests.unit.recordings.spools import (
    EPOCH_US,
    Sender,
    WidebandSender,
    as_captured,
    end,
    mark,
    sine,
    write_spool,
)
from voicegw.media.spool import CaptureRecord, SpoolReader, encode_end
from voicegw.model.recording import Recording, RecordingKind, RecordingStatus

RECORDS = as_captured(
    [mark(0.5, "bridge")],
    Sender(0, sine(400, 3)).packets(),
    Sender(1, sine(1000, 3)).packets(),
    [end(3)],
)
# Noise does not compress: the file grows as fast as a loud talk's.
NOISE = np.random.default_rng(1).integers(-20000, 20000, 8000 * 20).astype(np.int16)


def recording(recording_id: str = "rec_a", kind: RecordingKind = RecordingKind.TALK) -> Recording:
    return Recording(
        id=recording_id,
        call_id="call_a",
        kind=kind,
        status=RecordingStatus.PENDING,
        node="n1",
        created_at=datetime(2026, 1, 2, 23, 30, tzinfo=UTC),
    )


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "store")


def spool(tmp_path: Path, records: list[CaptureRecord] = RECORDS) -> Path:
    return write_spool(tmp_path / "spool" / "a.spool", records)


def test_the_facts_of_a_finished_recording(tmp_path: Path, storage: LocalStorage) -> None:
    path = spool(tmp_path)
    result = finish(path, recording(), storage)
    assert isinstance(result, FinishedRecording)
    assert result.master.key == "2026/01/02/rec_a.flac"
    assert result.duration_s == 2.5
    assert result.started_at == datetime.fromtimestamp(EPOCH_US / 1e6 + 0.5, UTC)
    facts = soundfile.info(storage.path(result.master.key))
    assert (facts.format, facts.subtype, facts.channels) == ("FLAC", "PCM_16", 2)
    assert (facts.samplerate, facts.frames) == (8000, 20000)
    assert path.exists()


@pytest.mark.parametrize("codec", ["G722", "opus"])
def test_a_wideband_leg_makes_a_wideband_recording(
    tmp_path: Path, storage: LocalStorage, codec: str
) -> None:
    wide = WidebandSender(0, codec, sine(5000, 3, rate_hz=16_000))
    records = as_captured(
        [wide.mark(), mark(0.5, "bridge")],
        wide.packets(),
        Sender(1, sine(1000, 3)).packets(),
        [end(3.1)],
    )
    result = finish(spool(tmp_path, records), recording(), storage)
    assert isinstance(result, FinishedRecording)
    assert (result.sample_rate_hz, result.duration_s) == (16_000, 2.6)
    samples, rate_hz = soundfile.read(storage.path(result.master.key), dtype="int16")
    assert rate_hz == 16_000
    for channel, frequency_hz in enumerate((5000, 1000)):
        spectrum = np.abs(np.fft.rfft(samples[1600:33_600, channel]))
        assert abs(int(spectrum.argmax()) / 2 - frequency_hz) < 1


def test_repeating_gives_the_same_recording(tmp_path: Path, storage: LocalStorage) -> None:
    path = spool(tmp_path)
    first = finish(path, recording(), storage)
    assert finish(path, recording(), storage) == first
    path.unlink()
    again = finish(path, recording(), storage)
    assert isinstance(first, FinishedRecording)
    assert isinstance(again, FinishedRecording)
    assert (again.files, again.duration_s) == (first.files, first.duration_s)


def test_a_torn_tail_costs_only_what_it_tore(tmp_path: Path, storage: LocalStorage) -> None:
    path = spool(tmp_path, RECORDS[:-1])
    os.truncate(path, path.stat().st_size - 250)
    os.utime(path, (1, 1))
    result = finish(path, recording(), storage)
    assert isinstance(result, FinishedRecording)
    assert 2.4 < result.duration_s <= 2.5


def test_every_cut_of_a_spool_has_a_result(tmp_path: Path, storage: LocalStorage) -> None:
    path = spool(tmp_path)
    whole = path.read_bytes()
    for size in [*range(60), *range(60, len(whole), 4801)]:
        path.write_bytes(whole[:size])
        os.utime(path, (1, 1))
        result = finish(path, recording(), storage)
        assert isinstance(result, FinishedRecording | AbsentRecording | FailedRecording)
        if isinstance(result, FinishedRecording):
            # Never a header without sound.
            assert storage.size_bytes(result.master.key) > 200
            assert result.duration_s > 0


@pytest.mark.parametrize(
    ("records", "kind", "reason"),
    [
        ([mark(0, "bridge"), end(3)], RecordingKind.TALK, "no-sound"),
        ([*Sender(0, sine(400, 1)).packets(), end(1)], RecordingKind.TALK, "not-bridged"),
        (
            [*Sender(0, sine(400, 1)).packets(), mark(1.1, "bridge"), end(4)],
            RecordingKind.TALK,
            "no-sound",
        ),
        ([], RecordingKind.VOICEMAIL, "no-sound"),
        *(
            (as_captured(marks, Sender(0, sine(400, 3)).packets(), [end(3)]), kind, "no-sound")
            for marks, kind in (
                ([mark(0.5, "bridge"), mark(0.5, "end")], RecordingKind.TALK),
                ([mark(0.5, "bridge"), mark(0.50005, "end")], RecordingKind.TALK),
                ([mark(3, "bridge")], RecordingKind.TALK),
                ([mark(3, "beep")], RecordingKind.VOICEMAIL),
            )
        ),
    ],
)
def test_nothing_to_record_is_absent_with_its_reason(
    tmp_path: Path,
    storage: LocalStorage,
    records: list[CaptureRecord],
    kind: RecordingKind,
    reason: str,
) -> None:
    path = spool(tmp_path, records)
    os.utime(path, (1, 1))
    assert finish(path, recording(kind=kind), storage) == AbsentRecording(reason)
    assert not list(storage.root.rglob("*.flac"))
    assert not list(storage.root.rglob("*.part"))


def test_a_voicemail_needs_no_bridge(tmp_path: Path, storage: LocalStorage) -> None:
    records = as_captured([mark(1, "beep")], Sender(0, sine(400, 3)).packets(), [end(3)])
    result = finish(spool(tmp_path, records), recording(kind=RecordingKind.VOICEMAIL), storage)
    assert isinstance(result, FinishedRecording)
    assert result.duration_s == 2.0


def test_damage_is_failed_and_the_spool_kept(tmp_path: Path, storage: LocalStorage) -> None:
    path = spool(tmp_path)
    path.write_bytes(b"RIFF" + bytes(40))
    assert finish(path, recording(), storage) == FailedRecording(
        "spool-damaged", "not a spool file"
    )
    assert path.exists()
    times: list[CaptureRecord] = [
        *Sender(0, sine(400, 1)).packets(),
        mark(0, "bridge"),
        end(200_000),
    ]
    result = finish(spool(tmp_path, times), recording(), storage)
    assert isinstance(result, FailedRecording)
    assert result.reason == "spool-damaged"


@pytest.mark.parametrize("recording_id", ["../../etc/passwd", "", "a/b", "a b", "x" * 81])
def test_an_id_that_is_no_name_is_refused(
    tmp_path: Path, storage: LocalStorage, recording_id: str
) -> None:
    result = finish(spool(tmp_path), recording(recording_id), storage)
    assert result == FailedRecording("bad-recording-id")


def test_a_missing_spool_is_failed_unless_the_recording_is_there(
    tmp_path: Path, storage: LocalStorage
) -> None:
    assert finish(tmp_path / "none", recording(), storage) == FailedRecording("spool-missing")
    staged = storage.staging() / "x"
    staged.write_bytes(b"not sound")
    storage.put(staged, master_key(recording()))
    assert finish(tmp_path / "none", recording(), storage) == FailedRecording("spool-missing")


def test_a_file_shorter_than_the_talk_is_not_taken(
    tmp_path: Path, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Short:
        frames = 5

    monkeypatch.setattr(soundfile, "info", lambda path: Short)
    result = finish(spool(tmp_path), recording(), storage)
    assert isinstance(result, PostponedRecording)
    assert result.cause is PostponeCause.FAULT
    assert not list(storage.root.rglob("*.flac"))


def test_an_error_of_the_disk_postpones(
    tmp_path: Path, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(staged: Path, key: str) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(storage, "put", refuse)
    result = finish(spool(tmp_path), recording(), storage)
    assert result == PostponedRecording("Input/output error", PostponeCause.STORAGE)
    assert not list(storage.staging().iterdir())


def test_a_spool_that_cannot_be_read_is_a_fault(
    tmp_path: Path, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(reader: object, kind: RecordingKind) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(finisher, "survey", refuse)
    result = finish(spool(tmp_path), recording(), storage)
    assert result == PostponedRecording("Input/output error", PostponeCause.FAULT)


def run_limited(tmp_path: Path, path: Path, storage: LocalStorage, limit: int | None) -> object:
    """Finish in a process of its own whose files may not grow past `limit`."""

    def restrict() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        [sys.executable, "-m", "recordings.finishing.finisher_process", f"file://{storage.root}"],
        input=encode_line(FinishRequest(str(path), recording())),
        capture_output=True,
        preexec_fn=restrict,
        timeout=60,
        check=True,
    )
    return reply_decoder.decode(done.stdout).result


@pytest.mark.parametrize("limit", [1, 50, 5_000, 100_000, 256_000])
def test_a_disk_full_at_any_moment_postpones_and_then_succeeds(
    tmp_path: Path, storage: LocalStorage, limit: int
) -> None:
    path = spool(tmp_path, as_captured([mark(0, "bridge")], Sender(0, NOISE).packets(), [end(20)]))
    result = run_limited(tmp_path, path, storage, limit)
    assert isinstance(result, PostponedRecording)
    assert result.cause is PostponeCause.DISK_FULL
    assert not list(storage.root.rglob("*.flac"))
    assert not list(storage.staging().iterdir())
    assert isinstance(run_limited(tmp_path, path, storage, None), FinishedRecording)


def test_a_really_full_file_system_postpones_and_then_succeeds(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(small)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        missing("the right to mount a tmpfs is missing")
    try:
        storage = LocalStorage(small / "store")
        path = spool(
            tmp_path, as_captured([mark(0, "bridge")], Sender(0, NOISE).packets(), [end(20)])
        )
        result = finish(path, recording(), storage)
        assert isinstance(result, PostponedRecording)
        assert result.cause is PostponeCause.DISK_FULL
        assert not list(storage.staging().iterdir())
        subprocess.run(["mount", "-o", "remount,size=8m", str(small)], check=True)
        assert isinstance(finish(path, recording(), storage), FinishedRecording)
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_the_process_answers_each_request_and_ends_with_its_input(
    tmp_path: Path, storage: LocalStorage
) -> None:
    path = spool(tmp_path)
    requests = b"".join(
        encode_line(FinishRequest(str(path), recording(name))) for name in ("rec_a", "rec_b")
    )
    replies = io.BytesIO()
    place = finisher_process.StoragePlace(f"file://{storage.root}")
    finisher_process.serve(place, io.BytesIO(requests), replies)
    answers = [reply_decoder.decode(line) for line in replies.getvalue().splitlines()]
    assert [answer.recording_id for answer in answers] == ["rec_a", "rec_b"]
    assert all(isinstance(answer.result, FinishedRecording) for answer in answers)


def test_the_process_is_nice_and_survives_a_staging_folder_it_cannot_make(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "recordings.finishing.finisher_process",
            f"file://{tmp_path / 'store'}",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(encode_line(FinishRequest(str(spool(tmp_path)), recording())))
    process.stdin.flush()
    result = reply_decoder.decode(process.stdout.readline()).result
    assert isinstance(result, PostponedRecording)
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, process.pid) == ours + finisher_process.NICENESS
    process.send_signal(signal.SIGINT)
    _, log = process.communicate(timeout=20)
    assert process.returncode == 0
    assert b"staging folder not usable" in log


def test_the_sweep_spares_what_a_living_finisher_writes(storage: LocalStorage) -> None:
    dead, living = storage.staging() / "a.1.part", storage.staging() / "b.2.part"
    dead.write_bytes(b"half")
    with living.open("wb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        assert storage.sweep() == 1
        assert living.exists()
    assert not dead.exists()


def test_a_capture_on_its_way_to_the_disk_is_waited_for(tmp_path: Path) -> None:
    path = spool(tmp_path, RECORDS[:-1])
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 5:
            spool(tmp_path)

    assert not still_written(SpoolReader(path), sleep)
    assert len(slept) == 5


def test_a_capture_without_its_end_is_not_waited_for_long(tmp_path: Path) -> None:
    slept: list[float] = []
    path = tmp_path / "short"
    path.write_bytes(b"VGW")
    assert not still_written(SpoolReader(path), slept.append)
    assert sum(slept) == pytest.approx(3.0)
    os.utime(path, (1, 1))
    still_written(SpoolReader(path), slept.append)
    assert sum(slept) == pytest.approx(3.0)


def test_a_capture_that_a_worker_holds_open_is_put_off(
    tmp_path: Path, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long its disk has been silent: what comes then belongs to the recording."""
    monkeypatch.setattr(finisher, "_WRITER_S", 0.2)
    path = spool(tmp_path, RECORDS[:-1])
    os.utime(path, (1, 1))
    with path.open("r+b") as worker:
        fcntl.flock(worker, fcntl.LOCK_EX)
        result = finish(path, recording(), storage)
        assert isinstance(result, PostponedRecording)
        assert result.cause is PostponeCause.CAPTURE
        worker.seek(0, io.SEEK_END)
        worker.write(encode_end(EPOCH_US + 3_000_000))
        worker.flush()
        assert isinstance(finish(path, recording(), storage), FinishedRecording)


def test_a_capture_that_did_not_end_in_order_says_so(tmp_path: Path, storage: LocalStorage) -> None:
    path = spool(tmp_path, RECORDS[:-1])
    os.utime(path, (1, 1))
    result = finish(path, recording(), storage)
    assert isinstance(result, FinishedRecording)
    assert result.reason == "tail-missing"
    whole = finish(spool(tmp_path), recording(), storage)
    assert isinstance(whole, FinishedRecording)
    assert whole.reason is None


class Disk(io.BytesIO):
    """A file on a disk that takes `room` bytes, the last of them in part."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, data: object) -> int:
        content = bytes(data)  # type: ignore[call-overload]
        left = self.room - self.tell()
        if left <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(content[:left])


@pytest.mark.parametrize("room", [0, 3, 60, 9000, 200_000, 600_000])
def test_the_writer_tells_when_the_disk_refuses(room: int) -> None:
    block = np.stack([NOISE, NOISE[::-1]], axis=1)

    def write() -> None:
        with SoundFileWriter(Disk(room), 8000) as writer:
            for start in range(0, len(block), 8000):
                writer.write(block[start : start + 8000])

    with pytest.raises(OSError) as caught:
        write()
    assert caught.value.errno == errno.ENOSPC


def test_the_writer_tells_when_the_file_cannot_be_completed() -> None:
    class Stuck(io.BytesIO):
        stuck = False

        def seek(self, offset: int, whence: int = 0) -> int:
            if self.stuck:
                raise OSError(errno.EIO, "Input/output error")
            return super().seek(offset, whence)

    stream = Stuck()
    writer = SoundFileWriter(stream, 8000)
    writer.write(np.stack([NOISE, NOISE], axis=1))
    stream.stuck = True
    with pytest.raises(OSError, match="Input/output error"):
        writer.close()


def test_the_writer_passes_on_what_went_wrong_elsewhere() -> None:
    with pytest.raises(ValueError, match="elsewhere"), SoundFileWriter(io.BytesIO(), 8000):
        raise ValueError("elsewhere")


def test_results_cross_the_pipe_as_they_are() -> None:
    for result in (
        AbsentRecording("no-sound"),
        FailedRecording("spool-damaged", "line\nend"),
        PostponedRecording("full", PostponeCause.DISK_FULL),
    ):
        line = msgspec.json.encode({"recording_id": "r", "result": msgspec.to_builtins(result)})
        assert reply_decoder.decode(line).result == result
