from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from recordings.service import (
    ALERT_DISK_FULL,
    ALERT_STORAGE,
    RecordingService,
    RecordingServiceOptions,
    recording_from_header,
)
from tests.unit.recordings.spools import (
    EPOCH_US,
    Sender,
    as_captured,
    end,
    loudest_hz,
    mark,
    sine,
    write_spool,
)
from voicegw.errors import ConfigError, StartError
from voicegw.media.spool import CaptureRecord
from voicegw.model.recording import MarkKind, Recording, RecordingKind, RecordingStatus

CREATED = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
RECORDS = as_captured(
    [mark(0, "bridge")],
    Sender(0, sine(400, 2)).packets(),
    Sender(1, sine(1000, 2)).packets(),
    [end(2.1)],
)


def header(recording_id: str, node: str = "n1") -> dict[str, object]:
    return {
        "recording_id": recording_id,
        "call_id": f"call_{recording_id}",
        "kind": "talk",
        "node": node,
        "created_at": CREATED.isoformat(),
        "group_id": "grp_1",
        "manager_id": "mgr_1",
        "customer_id": None,
    }


class Desk:
    """A service with its folders, and what it told."""

    def __init__(self, tmp_path: Path) -> None:
        self.spools = tmp_path / "spool"
        self.storage = tmp_path / "recordings"
        self.finished: list[Recording] = []
        self.alerts: list[tuple[str, bool]] = []
        self.journal_errors = 0
        self.services: list[RecordingService] = []

    async def service(self, **options: object) -> RecordingService:
        made = RecordingService(
            RecordingServiceOptions(
                spool_folder=self.spools,
                storage_url=f"file://{self.storage}",
                node="n1",
                **{"min_free_bytes": 0, "retry_s": 0.05, "retry_max_s": 0.2, **options},  # type: ignore[arg-type]
            ),
            self.on_finished,
            on_alert=lambda slug, raised: self.alerts.append((slug, raised)),
        )
        await made.start()
        self.services.append(made)
        return made

    def on_finished(self, recording: Recording) -> None:
        if self.journal_errors:
            self.journal_errors -= 1
            raise OSError(28, "No space left on device")
        self.finished.append(recording)

    def spool(self, recording_id: str, records: list[CaptureRecord] = RECORDS) -> Recording:
        path = self.spools / f"{recording_id}.spool"
        write_spool(path, records, header(recording_id))
        return recording_from_header(header(recording_id), path.name)

    async def until(self, condition: Callable[[], bool], seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110 - other processes give no event
                await asyncio.sleep(0.01)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    yield made
    for service in made.services:
        await service.stop()


async def test_a_capture_becomes_a_recording_and_the_spool_goes(desk: Desk) -> None:
    service = await desk.service()
    pending = desk.spool("rec_a")
    service.submit(pending)
    service.submit(pending)
    assert service.backlog() == 1
    await desk.until(lambda: service.backlog() == 0)
    (done,) = desk.finished
    assert done.status is RecordingStatus.COMPLETED
    assert done.path == "2026/11/21/rec_a.flac"
    assert (done.channels, done.sample_rate_hz) == (2, 8000)
    assert done.completed_at is not None
    assert done.duration_s == pytest.approx(2.1)
    assert done.started_at == datetime.fromtimestamp(EPOCH_US / 1e6, UTC)
    assert [(mark.kind, mark.at_s) for mark in done.marks] == [(MarkKind.BRIDGE, 0.0)]
    stored = desk.storage / done.path
    assert hashlib.sha256(stored.read_bytes()).hexdigest() == done.sha256
    assert stored.stat().st_size == done.size_bytes
    sound, rate_hz = soundfile.read(stored, dtype="int16")
    assert rate_hz == 8000
    assert abs(loudest_hz(sound[:, 0]) - 400) < 1
    assert abs(loudest_hz(sound[:, 1]) - 1000) < 1
    assert not list(desk.spools.iterdir())
    assert pending.status is RecordingStatus.PENDING


async def test_the_spool_stays_until_the_result_is_journalled(desk: Desk) -> None:
    service = await desk.service()
    desk.journal_errors = 2
    service.submit(desk.spool("rec_a"))
    await desk.until(lambda: desk.journal_errors == 1)
    assert [path.name for path in desk.spools.iterdir()] == ["rec_a.spool"]
    await desk.until(lambda: service.backlog() == 0)
    assert [recording.id for recording in desk.finished] == ["rec_a"]
    assert not list(desk.spools.iterdir())


async def test_a_finisher_killed_in_mid_file_does_it_again(desk: Desk) -> None:
    service = await desk.service()
    # An hour of a small part, so that the kill hits in the middle of the work.
    long = as_captured(
        [mark(0, "bridge")], Sender(0, np.zeros(8000 * 1800, np.int16)).packets(), [end(1800)]
    )
    service.submit(desk.spool("rec_long", long))
    await desk.until(lambda: bool(list(desk.storage.glob(".staging/*.part"))))
    killed = service.pids()
    os.kill(killed[0], signal.SIGKILL)
    await desk.until(lambda: service.backlog() == 0, seconds=60)
    (done,) = desk.finished
    assert done.status is RecordingStatus.COMPLETED
    assert done.duration_s == 1800
    assert service.pids() != killed
    assert not list(desk.storage.glob(".staging/*"))
    assert [str(path.relative_to(desk.storage)) for path in desk.storage.rglob("*.flac")] == [
        done.path
    ]


async def test_a_finisher_that_always_dies_fails_that_file_only(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    crash = tmp_path / "crash"
    crash.mkdir()
    (crash / "sitecustomize.py").write_text(
        "import os, sys\n"
        "import recordings.finishing.finisher as finisher\n"
        "real = finisher.survey\n"
        "def survey(reader, kind):\n"
        "    if 'poison' in reader.path.name:\n"
        "        os._exit(9)\n"
        "    return real(reader, kind)\n"
        "finisher.survey = survey\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{crash}:{Path.cwd()}")
    service = await desk.service()
    service.submit(desk.spool("rec_poison"))
    service.submit(desk.spool("rec_good"))
    await desk.until(lambda: service.backlog() == 0, seconds=40)
    results = {recording.id: recording for recording in desk.finished}
    assert results["rec_good"].status is RecordingStatus.COMPLETED
    assert results["rec_poison"].status is RecordingStatus.FAILED
    assert results["rec_poison"].reason == "finisher-crashed"
    assert [path.name for path in desk.spools.iterdir()] == ["rec_poison.spool"]


async def test_absent_says_why_and_its_spool_goes(desk: Desk) -> None:
    service = await desk.service()
    packets = Sender(0, sine(400, 1)).packets()
    service.submit(desk.spool("rec_unbridged", [*packets, end(1)]))
    service.submit(desk.spool("rec_mute", [mark(0, "bridge"), end(5)]))
    await desk.until(lambda: service.backlog() == 0)
    assert {r.id: (r.status, r.reason) for r in desk.finished} == {
        "rec_unbridged": (RecordingStatus.ABSENT, "not-bridged"),
        "rec_mute": (RecordingStatus.ABSENT, "no-sound"),
    }
    assert not list(desk.spools.iterdir())


async def test_failed_says_why_and_its_spool_stays(desk: Desk) -> None:
    service = await desk.service()
    damaged = desk.spool("rec_damaged")
    (desk.spools / "rec_damaged.spool").write_bytes(b"RIFF" + b"\0" * 40)
    missing = desk.spool("rec_missing")
    (desk.spools / "rec_missing.spool").unlink()
    service.submit(damaged)
    service.submit(missing)
    await desk.until(lambda: service.backlog() == 0)
    assert {r.id: (r.status, r.reason) for r in desk.finished} == {
        "rec_damaged": (RecordingStatus.FAILED, "spool-damaged"),
        "rec_missing": (RecordingStatus.FAILED, "spool-missing"),
    }
    assert [path.name for path in desk.spools.iterdir()] == ["rec_damaged.spool"]
    assert desk.finished[0].spool == "rec_damaged.spool"


async def test_what_a_crash_left_is_finished_at_the_next_start(desk: Desk) -> None:
    first = await desk.service()
    known = desk.spool("rec_known")
    done = desk.spool("rec_done")
    done.status = RecordingStatus.COMPLETED
    failed = desk.spool("rec_failed")
    failed.status = RecordingStatus.FAILED
    deleted = desk.spool("rec_deleted")
    deleted.status = RecordingStatus.DELETED
    desk.spool("rec_unknown")
    gone = desk.spool("rec_gone")
    first.submit(gone)
    await desk.until(lambda: first.backlog() == 0)
    await first.stop()
    desk.finished.clear()
    write_spool(desk.spools / "foreign.spool", RECORDS, header("rec_foreign", node="n2"))
    (desk.spools / "note.txt").write_text("no spool")
    (desk.spools / "folder").mkdir()
    write_spool(desk.spools / "headless.spool", RECORDS, {"node": "n1"})

    service = await desk.service()
    assert {r.id for r in service.left_behind()} == {
        "rec_known",
        "rec_done",
        "rec_failed",
        "rec_deleted",
        "rec_unknown",
    }
    unknown = service.recover({r.id: r for r in (known, done, failed, deleted, gone)})
    assert [r.id for r in unknown] == ["rec_unknown"]
    assert unknown[0].call_id == "call_rec_unknown"
    assert unknown[0].created_at == CREATED
    assert unknown[0].group_id == "grp_1"
    await desk.until(lambda: service.backlog() == 0)
    assert {r.id: r.status for r in desk.finished} == dict.fromkeys(
        ("rec_known", "rec_unknown", "rec_gone"), RecordingStatus.COMPLETED
    )
    assert sorted(path.name for path in desk.spools.iterdir()) == [
        "folder",
        "foreign.spool",
        "headless.spool",
        "note.txt",
        "rec_failed.spool",
    ]


async def test_a_full_disk_postpones_and_alerts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    limit = tmp_path / "limit"
    limit.mkdir()
    room = tmp_path / "room"
    (limit / "sitecustomize.py").write_text(
        "import os, resource\n"
        f"if not os.path.exists({str(room)!r}):\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{limit}:{Path.cwd()}")
    service = await desk.service()
    service.submit(desk.spool("rec_a"))
    await desk.until(lambda: bool(desk.alerts))
    assert service.backlog() == 1
    assert desk.finished == []
    assert (desk.spools / "rec_a.spool").exists()
    room.touch()
    os.kill(service.pids()[0], signal.SIGTERM)
    await desk.until(lambda: service.backlog() == 0)
    assert desk.alerts == [(ALERT_DISK_FULL, True), (ALERT_DISK_FULL, False)]
    assert [r.status for r in desk.finished] == [RecordingStatus.COMPLETED]


async def test_only_a_written_file_clears_the_alert_of_a_full_disk(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    limit = tmp_path / "limit"
    limit.mkdir()
    (limit / "sitecustomize.py").write_text(
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{limit}:{Path.cwd()}")
    service = await desk.service(stop_s=0.0)
    service.submit(desk.spool("rec_a"))
    await desk.until(lambda: bool(desk.alerts))
    service.submit(desk.spool("rec_mute", [mark(0, "bridge"), end(5)]))
    await desk.until(lambda: bool(desk.finished))
    assert [r.reason for r in desk.finished] == ["no-sound"]
    assert desk.alerts == [(ALERT_DISK_FULL, True)]


async def test_a_storage_that_is_away_loses_nothing(desk: Desk) -> None:
    service = await desk.service()
    desk.storage.rmdir()
    desk.storage.write_text("what a lost mount may look like")
    service.submit(desk.spool("rec_a"))
    await desk.until(lambda: bool(desk.alerts))
    await asyncio.sleep(0.5)
    assert desk.finished == []
    desk.storage.unlink()
    await desk.until(lambda: service.backlog() == 0)
    assert desk.alerts == [(ALERT_STORAGE, True), (ALERT_STORAGE, False)]
    assert [r.status for r in desk.finished] == [RecordingStatus.COMPLETED]


async def test_stopping_finishes_the_backlog_and_leaves_no_process(desk: Desk) -> None:
    service = await desk.service()
    for number in range(4):
        service.submit(desk.spool(f"rec_{number}"))
    await desk.until(lambda: bool(service.pids()))
    (pid,) = service.pids()
    await service.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert {r.id for r in desk.finished} == {f"rec_{n}" for n in range(4)}


async def test_what_could_not_be_finished_in_time_is_finished_at_the_next_start(
    desk: Desk,
) -> None:
    service = await desk.service(stop_s=0.0)
    service.submit(desk.spool("rec_a"))
    await desk.until(lambda: bool(service.pids()))
    await service.stop()
    assert desk.finished == []
    again = await desk.service()
    again.recover({})
    await desk.until(lambda: again.backlog() == 0)
    assert [r.status for r in desk.finished] == [RecordingStatus.COMPLETED]


async def test_no_process_can_be_started(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    service = await desk.service()
    real = asyncio.create_subprocess_exec
    refusals = [OSError(12, "Cannot allocate memory")] * 5

    async def refuse(*arguments: object, **options: object) -> asyncio.subprocess.Process:
        if refusals:
            raise refusals.pop()
        return await real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", refuse)
    service.submit(desk.spool("rec_a"))
    await desk.until(lambda: service.backlog() == 0)
    assert [r.status for r in desk.finished] == [RecordingStatus.COMPLETED]


async def test_a_defect_of_the_caller_does_not_stop_the_others(desk: Desk) -> None:
    service = await desk.service()
    told: list[str] = []

    def on_finished(recording: Recording) -> None:
        told.append(recording.id)
        if told.count("rec_a") == 1 and recording.id == "rec_a":
            raise ValueError("a defect")

    service._on_finished = on_finished
    service.submit(desk.spool("rec_a"))
    service.submit(desk.spool("rec_b"))
    await desk.until(lambda: service.backlog() == 0)
    assert sorted(told) == ["rec_a", "rec_a", "rec_b"]


async def test_ready_tells_whether_there_is_room(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await desk.service(min_free_bytes=1000, ask_free_every_s=0.005)
    monkeypatch.setattr("recordings.service.room_of", lambda folder: (999, 5000))
    await desk.until(lambda: not service.ready())
    monkeypatch.setattr("recordings.service.room_of", lambda folder: (1000, 5000))
    await desk.until(service.ready)
    assert service.total_bytes() == 5000

    def refuse(folder: Path) -> tuple[int, int]:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("recordings.service.room_of", refuse)
    await desk.until(lambda: service.free_bytes() == 0)
    assert not service.ready()


async def test_a_folder_that_hangs_stops_nobody_and_is_told_of(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await desk.service(min_free_bytes=1, ask_free_every_s=0.005)
    answers = threading.Event()

    def hang(folder: Path) -> tuple[int, int]:
        answers.wait(10)
        return 5, 10

    monkeypatch.setattr("recordings.service.room_of", hang)
    monkeypatch.setattr("recordings.storage.free_space.STALE_AFTER_S", 0.1)
    await desk.until(lambda: desk.alerts == [("recording-folder-hangs", True)])
    assert service.ready()
    answers.set()
    await desk.until(lambda: desk.alerts[1:] == [("recording-folder-hangs", False)])


async def test_a_folder_that_cannot_be_made_stops_the_start(desk: Desk) -> None:
    desk.storage.write_text("a file where the folder should be")
    with pytest.raises(StartError) as caught:
        await desk.service()
    assert caught.value.problem.where == str(desk.storage)


def test_an_unknown_storage_is_refused(tmp_path: Path) -> None:
    options = RecordingServiceOptions(tmp_path, "ftp://host/x", "n1")
    with pytest.raises(ConfigError):
        RecordingService(options, lambda recording: None)


def test_a_header_may_give_its_time_in_seconds() -> None:
    made = recording_from_header({**header("rec_a"), "created_at": CREATED.timestamp()}, "x")
    assert made.created_at == CREATED
    assert made.kind is RecordingKind.TALK
    with pytest.raises(msgspec.ValidationError):
        recording_from_header({"recording_id": "rec_a"}, "x")
