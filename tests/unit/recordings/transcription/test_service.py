"""From the queue to the transcript: waiting for a model, failing, being killed."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import soundfile

from recordings.storage.files import RecordingFiles
from recordings.storage.local import LocalStorage
from recordings.transcription.engine import EngineSpec
from recordings.transcription.models import ModelMissing
from recordings.transcription.pool import PoolRules
from recordings.transcription.service import (
    ServiceRules,
    TranscriptionService,
    TranscriptionStore,
)
from recordings.work_loop import WorkRules
from tests.parts import scripted_engine as script
from tests.parts.speech import RATE_HZ, burst, is_running, scripted_spec, talk
from tests.unit.api.conftest import empty_store, store_url  # noqa: F401 - fixtures
from tests.unit.api.fakes import make_call, make_recording
from voicegw.clock import SystemClock
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import CallChanged, RecordingChanged
from voicegw.model.call import CallOutcome
from voicegw.model.event_filter import EventFilter
from voicegw.model.recording import (
    Channel,
    FileKind,
    MarkKind,
    Recording,
    RecordingFile,
    RecordingMark,
)
from voicegw.model.transcript import Transcript, TranscriptStatus
from voicegw.model.work import WorkKind, WorkState
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.events import EventRepository
from voicegw.store.recordings import RecordingRepository
from voicegw.store.transcripts import TranscriptRepository
from voicegw.store.work import WorkQueue

MISSING = ModelMissing("no model", "voicegw models pull it")
QUICK = ServiceRules(
    look_s=0.02,
    progress_s=0.05,
    unusable_first_s=0.1,
    unusable_s=0.2,
    work=WorkRules(attempts=3, lease_s=1.0, retry_s=0.01, retry_max_s=0.02, idle_s=0.02),
    pool=PoolRules(stall_s=5),
)


@dataclass
class World:
    """A store, a folder of recordings, and what transcribes them."""

    database: Database
    storage: LocalStorage
    found: EngineSpec | ModelMissing = field(default_factory=scripted_spec)
    overloaded: bool = False
    alerts: list[tuple[str, bool, str]] = field(default_factory=list)
    position: int = 0
    services: list[TranscriptionService] = field(default_factory=list)

    async def record(
        self, loudness: int = script.WORD, count: int = 1, **changes: Any
    ) -> Recording:
        """Complete a recording in which the customer makes `count` bursts, two seconds apart."""
        call = make_call(outcome=CallOutcome.CONNECTED)
        recording = make_recording(call, path=f"{call.id}.flac", **changes)
        sounds = {1.0 + 2 * number: burst(loudness) for number in range(count)}
        path = self.storage.path(f"{call.id}.flac")
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, talk(1 + 2 * count, sounds, {}), RATE_HZ, format="FLAC")
        size = path.stat().st_size
        recording.files = [
            RecordingFile(FileKind.MASTER, path.name, "audio/flac", size, "", size, "")
        ]
        self.position += 1
        writer = BatchWriter(self.database, "node-1", follow_up=[WorkKind.TRANSCRIBE])
        await writer.apply_entries(
            [CallChanged(call, []), RecordingChanged(recording)], self.position
        )
        return recording

    async def serve(self, *, workers: int = 1, engine: bool = True) -> TranscriptionService:
        """Start a service; it is stopped at the end."""
        store = TranscriptionStore(
            WorkQueue(self.database, "node-1"),
            TranscriptRepository(self.database),
            RecordingRepository(self.database),
        )
        clock = SystemClock()
        service = TranscriptionService(
            (lambda: self.found) if engine else None,
            store,
            RecordingFiles(self.storage),
            EventFactory(clock),
            clock,
            node="node-1",
            workers=workers,
            on_alert=lambda slug, raised, detail: self.alerts.append((slug, raised, detail)),
            is_overloaded=lambda: self.overloaded,
            rules=QUICK,
        )
        self.services.append(service)
        await service.start()
        return service

    async def transcript(self, recording: Recording) -> Transcript:
        """Return the transcript as it is."""
        found = await TranscriptRepository(self.database).get(recording.id)
        assert found is not None
        return found

    async def final(self, recording: Recording) -> Transcript:
        """Wait until the transcript is final."""
        final = {TranscriptStatus.COMPLETED, TranscriptStatus.FAILED, TranscriptStatus.NONE}

        async def is_final() -> bool:
            return (await self.transcript(recording)).status in final

        await until(is_final)
        return await self.transcript(recording)

    async def event_types(self, recording: Recording) -> list[str]:
        """Return the types of the events of the recording's call."""
        events = await EventRepository(self.database).after(
            wanted=EventFilter(subject=recording.call_id)
        )
        return [stored.event.type.value for stored in events]


async def until(holds: Callable[[], Awaitable[bool]], timeout_s: float = 10) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(timeout_s):
        while not await holds():  # noqa: ASYNC110 - what is awaited tells nobody
            await asyncio.sleep(0.01)


@pytest.fixture
async def world(tmp_path: Path, store_url: str) -> AsyncIterator[World]:  # noqa: F811
    """An empty store and folder."""
    database = await Database.open(store_url)
    made = World(database, LocalStorage(tmp_path / "recordings"))
    yield made
    for service in made.services:
        await service.stop()
    await database.close()


async def test_a_recording_becomes_a_transcript(world: World) -> None:
    recording = await world.record(
        marks=[
            RecordingMark(MarkKind.PAUSE, 2.5), RecordingMark(MarkKind.RESUME, 4.5),
        ],
        count=3,
    )  # fmt: skip
    service = await world.serve()
    transcript = await world.final(recording)
    assert transcript.status is TranscriptStatus.COMPLETED
    assert [(one.channel, one.text) for one in transcript.segments] == [
        (Channel.CUSTOMER, "好")
    ] * 2  # what was paused is not there
    assert [one.start_s for one in transcript.segments] == pytest.approx([1.0, 5.0], abs=0.05)
    assert (transcript.engine, transcript.model, transcript.language) == (
        "scripted",
        "model",
        "zh",
    )
    assert transcript.duration_s == 7.0
    assert await world.event_types(recording) == ["transcript.completed"]
    assert service.concluded == {TranscriptStatus.COMPLETED: 1}
    assert service.trouble == ""


async def test_the_oldest_comes_first(world: World) -> None:
    now = SystemClock().now()
    young = await world.record(completed_at=now)
    old = await world.record(completed_at=now - timedelta(hours=1))
    await world.serve()
    done = [await world.final(old), await world.final(young)]
    assert done[0].completed_at is not None
    assert done[1].completed_at is not None
    assert done[0].completed_at < done[1].completed_at


async def test_without_a_model_recordings_wait_and_begin_when_there_is_one(world: World) -> None:
    world.found = MISSING
    recording = await world.record()
    service = await world.serve()
    await until(lambda: _is(lambda: service.backlog.count == 1))
    await asyncio.sleep(0.1)
    assert (await world.transcript(recording)).status is TranscriptStatus.QUEUED
    assert service.trouble == "no model: voicegw models pull it"
    assert ("model-missing", True, service.trouble) in world.alerts
    assert service.oldest_s > 0
    world.found = scripted_spec()
    assert (await world.final(recording)).status is TranscriptStatus.COMPLETED
    await until(lambda: _is(lambda: world.alerts[-1][:2] == ("model-missing", False)))
    assert await world.event_types(recording) == ["transcript.completed"]


async def test_a_model_that_can_not_be_loaded_costs_no_attempt(world: World) -> None:
    world.found = scripted_spec("broken")
    recording = await world.record()
    service = await world.serve()
    await until(lambda: _is(lambda: bool(service.trouble)))
    await asyncio.sleep(1.0)  # several tries
    assert "scripted" in service.trouble
    assert service.pool is None  # nobody else need try
    waiting = {TranscriptStatus.QUEUED, TranscriptStatus.RUNNING}
    assert (await world.transcript(recording)).status in waiting
    assert world.alerts[-1][:2] == ("model-missing", True)
    await service.stop()
    world.found = scripted_spec()
    await world.serve()
    assert (await world.final(recording)).status is TranscriptStatus.COMPLETED


async def test_switched_off_each_recording_is_passed_on(world: World) -> None:
    recording = await world.record()
    await world.serve(engine=False)
    assert (await world.final(recording)).status is TranscriptStatus.NONE
    assert await world.event_types(recording) == []
    counts = await WorkQueue(world.database, "node-1").counts()
    assert counts[WorkKind.CHECK, WorkState.WAITING] == 1


async def test_a_file_that_kills_workers_is_given_up_and_the_others_are_done(world: World) -> None:
    deadly = await world.record(script.CRASH)
    harmless = await world.record()
    await world.serve()
    assert (await world.final(harmless)).status is TranscriptStatus.COMPLETED
    given_up = await world.final(deadly)
    assert (given_up.status, given_up.failure) == (TranscriptStatus.FAILED, "transcriber-died")
    assert await world.event_types(deadly) == ["transcript.failed"]
    counts = await WorkQueue(world.database, "node-1").counts()
    assert counts[WorkKind.TRANSCRIBE, WorkState.FAILED] == 1
    assert counts[WorkKind.CHECK, WorkState.WAITING] == 2


async def test_a_damaged_file_fails_at_once_and_a_missing_one_after_its_attempts(
    world: World,
) -> None:
    damaged, missing = await world.record(), await world.record()
    path = world.storage.path(damaged.files[0].key)
    path.write_bytes(bytes(path.stat().st_size))
    world.storage.delete(missing.files[0].key)
    await world.serve()
    assert (await world.final(damaged)).failure == "recording-damaged"
    assert (await world.final(missing)).failure == "not-found"


async def test_an_overloaded_node_begins_nothing(world: World) -> None:
    world.overloaded = True
    recording = await world.record()
    service = await world.serve()
    await asyncio.sleep(0.2)
    assert (await world.transcript(recording)).status is TranscriptStatus.QUEUED
    assert service.trouble == ""
    world.overloaded = False
    assert (await world.final(recording)).status is TranscriptStatus.COMPLETED


async def test_progress_is_seen(world: World) -> None:
    recording = await world.record(script.SLOW, 10)
    await world.serve()

    async def is_half_way() -> bool:
        transcript = await world.transcript(recording)
        return transcript.status is TranscriptStatus.RUNNING and 0 < transcript.progress < 1

    await until(is_half_way)


async def test_killed_at_random_times_each_recording_has_one_transcript(world: World) -> None:
    """Workers, loaders and the service itself go down again and again."""
    rng = random.Random(4)
    recordings = [await world.record(script.SLOW, 2) for _ in range(8)]
    service = await world.serve(workers=2)
    for _ in range(10):
        await asyncio.sleep(rng.uniform(0.05, 0.3))
        pool = service.pool
        pids = [] if pool is None else [*pool.pids(), *([pool.loader_pid] * 2)]
        living = [pid for pid in pids if pid is not None and is_running(pid)]
        if living and rng.random() < 0.4:
            os.kill(rng.choice(living), signal.SIGKILL)
        elif rng.random() < 0.3:
            await service.stop()  # what it had in hand stays leased, as after a kill of the node
            service = await world.serve(workers=2)
    for recording in recordings:
        transcript = await world.final(recording)
        kinds = await world.event_types(recording)
        assert kinds == [f"transcript.{transcript.status}"]
    counts = await WorkQueue(world.database, "node-1").counts()
    assert counts.get((WorkKind.TRANSCRIBE, WorkState.LEASED), 0) == 0
    assert counts[WorkKind.CHECK, WorkState.WAITING] == len(recordings)


async def _is(holds: Callable[[], bool]) -> bool:
    return holds()
