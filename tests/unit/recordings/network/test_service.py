"""From kept early sound to a leg's reason: what is written, tried again, deleted."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from recordings.network.book_file import load_book
from recordings.network.listener import Listener
from recordings.network.service import Ears, NetworkService, NetworkStore, Pool
from recordings.transcription.engine import EngineUnusableError
from recordings.transcription.loader_client import WorkerLostError
from recordings.transcription.pool import Recognition, TranscriberFaultError
from recordings.work_loop import WorkRules
from tests.unit.api.conftest import empty_store, store_url  # noqa: F401 - fixtures
from tests.unit.api.fakes import make_call, make_recording
from tests.unit.recordings.network.sounds import Samples, cadence, speech
from tests.unit.recordings.spools import Sender, as_captured, end, write_spool
from voicegw.clock import SystemClock
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import CallChanged, RecordingChanged, WorkWanted
from voicegw.model.call import Call, CallOutcome, Direction, LegReason
from voicegw.model.event_filter import EventFilter
from voicegw.model.recording import Channel
from voicegw.model.transcript import Segment, Transcript, TranscriptStatus
from voicegw.model.work import WorkKind
from voicegw.store.batch import BatchWriter
from voicegw.store.calls import CallRepository
from voicegw.store.database import Database
from voicegw.store.events import EventRepository
from voicegw.store.network import NetworkRepository
from voicegw.store.transcripts import TranscriptRepository
from voicegw.store.work import WorkQueue

BUSY = cadence(6, 0.35, 0.35, 450)
VOICE = speech(3)
RULES = WorkRules(attempts=2, lease_s=5, retry_s=0.05, retry_max_s=0.1, idle_s=0.05)


@dataclass
class FakePool:
    """Recognises what it is told; `fault` is raised instead."""

    text: str = ""
    fault: Exception | None = None
    files: list[bytes] = field(default_factory=list)

    async def recognise(self, open_file: Callable[[], BytesIO]) -> Recognition:
        self.files.append(open_file().read())
        if self.fault is not None:
            raise self.fault
        segments = [Segment(Channel.CUSTOMER, 0.0, 1.0, self.text)]
        return Recognition(segments, 1.0, 1, 0.1, 1)


@dataclass
class World:
    """A store, a folder of early sound, and what hears it."""

    database: Database
    folder: Path
    pool: FakePool | None = field(default_factory=FakePool)
    clock: SystemClock = field(default_factory=SystemClock)
    position: int = 0
    listener: Listener = field(default_factory=lambda: Listener("CN"))
    services: list[NetworkService] = field(default_factory=list)

    async def call(self, sound: Samples | None, *, is_over: bool = True) -> Call:
        """Have a customer's network send `sound` and no answer; the call is in the store."""
        call = make_call(outcome=CallOutcome.CUSTOMER_NO_ANSWER if is_over else None)
        call.legs[1].reason = LegReason.NO_ANSWER
        if sound is not None:
            records = as_captured(
                Sender(1, speech(1, seed=9)).packets(), Sender(0, sound, 0.5).packets(), [end(9)]
            )
            write_spool(self.folder / call.id / "rec_1.spool", records)
        await self.write(call)
        self.position += 1
        entry = WorkWanted(WorkKind.NETWORK, call.id, self.clock.now())
        await BatchWriter(self.database, "node-1").apply_entries([entry], self.position)
        return call

    async def write(self, call: Call) -> None:
        self.position += 1
        await BatchWriter(self.database, "node-1").apply_entries([CallChanged(call)], self.position)

    async def start(self) -> NetworkService:
        store = NetworkStore(
            WorkQueue(self.database, "node-1"),
            CallRepository(self.database),
            NetworkRepository(self.database),
            TranscriptRepository(self.database),
        )

        def pool() -> Pool | None:
            return self.pool

        service = NetworkService(
            self.folder,
            store,
            Ears(self.listener, load_book(), pool),
            EventFactory(self.clock),
            self.clock,
            node="node-1",
            rules=RULES,
        )
        self.services.append(service)
        await service.start()
        return service

    async def types(self, call: Call) -> list[str]:
        found = await EventRepository(self.database).after(wanted=EventFilter(subject=call.id))
        return [str(one.event.type) for one in found]

    async def settled(self, call: Call) -> tuple[str | None, str | None]:
        """Wait for the last word about a call; return the leg's reason and what it is from."""
        async with asyncio.timeout(15):
            while "call.settled" not in await self.types(call):  # noqa: ASYNC110 - other processes
                await asyncio.sleep(0.02)
            while (self.folder / call.id).exists():  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        found = await CallRepository(self.database).get(call.id)
        assert found is not None
        return found.legs[1].reason, found.legs[1].reason_source


@pytest.fixture
async def world(tmp_path: Path, store_url: str) -> AsyncIterator[World]:  # noqa: F811
    database = await Database.open(store_url)
    made = World(database, tmp_path / "spool" / "early")
    yield made
    for service in made.services:
        await service.stop()
    await database.close()


async def test_tones_and_words_refine_the_reason(world: World) -> None:
    service = await world.start()
    assert world.pool is not None
    busy = await world.call(BUSY)
    assert await world.settled(busy) == ("busy", "tone")
    assert world.pool.files == []  # nothing but tones: nothing to recognise
    world.pool.text = "您拨打的电话 已关机"
    off = await world.call(np.concatenate([BUSY, VOICE]))
    assert await world.settled(off) == ("powered-off", "announcement")
    assert [file[:4] for file in world.pool.files] == [b"RIFF"]
    world.pool.text = "今天天气很好"
    vague = await world.call(VOICE)
    assert await world.settled(vague) == ("no-answer", None)
    assert await world.types(busy) == ["leg.classified", "call.settled"]
    assert await world.types(vague) == ["call.settled"]
    assert service.heard == {"tone": 1, "announcement": 1, "none": 1}
    async with asyncio.timeout(5):
        while world.folder.exists():  # noqa: ASYNC110 - after the last call's own
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "pool",
    [
        None,
        FakePool(fault=EngineUnusableError("no model")),
        FakePool(fault=WorkerLostError("died, each time")),
        FakePool(fault=TranscriberFaultError("ValueError")),
    ],
)
async def test_without_a_recogniser_tones_alone_tell(world: World, pool: FakePool | None) -> None:
    world.pool = pool
    await world.start()
    call = await world.call(np.concatenate([BUSY, VOICE]))
    assert await world.settled(call) == ("busy", "tone")


async def test_the_sound_of_a_call_that_nobody_knows_is_deleted_after_a_day(world: World) -> None:
    """A call that is young may be on its way to the store; one that is old never comes."""
    entries = []
    for call_id, days in (("call_old", 2), ("call_young", 0)):
        (world.folder / call_id).mkdir(parents=True)
        (world.folder / call_id / "rec_1.spool").write_bytes(b"")
        at = world.clock.now() - timedelta(days=days)
        entries.append(WorkWanted(WorkKind.NETWORK, call_id, at))
    await BatchWriter(world.database, "node-1").apply_entries(entries, 1)
    await world.start()
    async with asyncio.timeout(10):
        while (world.folder / "call_old").exists():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert (world.folder / "call_young").exists()


async def test_a_capture_that_is_gone_or_damaged_settles_the_call(world: World) -> None:
    await world.start()
    gone = await world.call(None)
    assert await world.settled(gone) == ("no-answer", None)
    damaged = make_call(outcome=CallOutcome.CUSTOMER_BUSY)
    (world.folder / damaged.id).mkdir(parents=True)
    (world.folder / damaged.id / "rec_1.spool").write_bytes(b"no spool")
    await world.write(damaged)
    entry = WorkWanted(WorkKind.NETWORK, damaged.id, world.clock.now())
    await BatchWriter(world.database, "node-1").apply_entries([entry], 99)
    assert await world.settled(damaged) == (None, None)


async def test_a_call_whose_last_words_are_on_their_way_is_waited_for(world: World) -> None:
    await world.start()
    call = await world.call(BUSY, is_over=False)
    await asyncio.sleep(0.3)
    assert await world.types(call) == []
    ended = make_call(call_id=call.id, outcome=CallOutcome.CUSTOMER_NO_ANSWER)
    await world.write(ended)
    assert await world.settled(call) == ("busy", "tone")


async def test_what_an_earlier_run_left_is_taken_up(world: World) -> None:
    first = await world.start()
    await first.stop()
    call = make_call(outcome=CallOutcome.CUSTOMER_NO_ANSWER)
    write_spool(world.folder / call.id / "rec_1.spool", as_captured(Sender(0, BUSY).packets()))
    await world.write(call)
    await world.start()
    assert await world.settled(call) == ("busy", "tone")
    # Heard already, and killed before the capture was deleted.
    write_spool(world.folder / call.id / "rec_1.spool", as_captured(Sender(0, BUSY).packets()))
    await world.start()
    assert not world.folder.exists()
    assert await world.types(call) == ["leg.classified", "call.settled"]


async def test_what_cannot_be_heard_for_a_day_is_deleted(world: World) -> None:
    """A key, a recogniser or a store may be away for long: what waits is kept no longer."""
    service = await world.start()
    waiting = await world.call(BUSY, is_over=False)
    lately = await world.call(BUSY, is_over=False)
    (spool,) = (world.folder / waiting.id).iterdir()
    long_ago_s = world.clock.now().timestamp() - 86_401
    os.utime(spool, (long_ago_s, long_ago_s))
    (recent,) = (world.folder / lately.id).iterdir()
    os.utime(recent, (long_ago_s + 60, long_ago_s + 60))
    await service.tidy()
    assert [one.name for one in world.folder.iterdir()] == [lately.id]
    await world.write(make_call(call_id=waiting.id, outcome=CallOutcome.CUSTOMER_NO_ANSWER))
    assert await world.settled(waiting) == (None, None)  # not busy: that was not heard


async def test_what_is_too_old_at_the_start_is_settled_all_the_same(world: World) -> None:
    call = make_call(outcome=CallOutcome.CUSTOMER_NO_ANSWER)
    spool = world.folder / call.id / "rec_1.spool"
    write_spool(spool, as_captured(Sender(0, BUSY).packets()))
    os.utime(spool, (0, 0))
    await world.write(call)
    await world.start()
    assert await world.settled(call) == (None, None)


async def test_a_killed_listener_costs_an_attempt_and_no_more(world: World) -> None:
    await world.start()
    assert await world.settled(await world.call(BUSY)) == ("busy", "tone")
    pid = world.listener.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert await world.settled(await world.call(BUSY)) == ("busy", "tone")
    assert world.listener.pid not in (None, pid)


async def test_a_listener_with_nothing_to_do_ends(tmp_path: Path) -> None:
    listener = Listener("CN", idle_s=0.05)
    assert (await listener.hear(tmp_path / "none.spool")).failure == "spool-missing"
    async with asyncio.timeout(5):
        while listener.pid is not None:  # noqa: ASYNC110 - a process gives no event
            await asyncio.sleep(0.02)
    assert (await listener.hear(tmp_path / "none.spool")).failure == "spool-missing"
    await listener.stop()
    assert listener.pid is None


@pytest.mark.parametrize(
    ("direction", "text", "expected"),
    [
        (Direction.CLICK_TO_DIAL, "请在提示音后留言", ("machine", "voicemail")),
        (Direction.CLICK_TO_DIAL, "今天天气很好", (None, None)),
        (Direction.INBOUND, "请在提示音后留言", (None, None)),
    ],
)
async def test_who_answered_is_told_from_the_transcript(
    world: World, direction: Direction, text: str, expected: tuple[str | None, str | None]
) -> None:
    call = make_call(outcome=CallOutcome.CONNECTED)
    call.direction = direction
    call.legs[1].answered_at = call.created_at
    recording = make_recording(call)
    transcript = Transcript(
        recording_id=recording.id,
        call_id=call.id,
        status=TranscriptStatus.COMPLETED,
        created_at=call.created_at,
        segments=[Segment(Channel.CUSTOMER, 0.5, 4.0, text)],
    )
    writer = BatchWriter(world.database, "node-1", follow_up=[WorkKind.TRANSCRIBE])
    await writer.apply_entries([CallChanged(call), RecordingChanged(recording)], 1)
    queue, now = WorkQueue(world.database, "node-1"), world.clock.now()
    item = await queue.lease([WorkKind.TRANSCRIBE], now, 60)
    assert item is not None
    assert await TranscriptRepository(world.database).conclude(item, transcript, None, now)
    await world.start()
    async with asyncio.timeout(10):
        while ("network", "done") not in await queue.counts():  # noqa: ASYNC110 - the service's own
            await asyncio.sleep(0.02)
    found = await CallRepository(world.database).get(call.id)
    assert found is not None
    assert (found.legs[1].answered_by, found.legs[1].reason) == expected
    assert ("leg.classified" in await world.types(call)) == (expected[0] is not None)
    assert "call.settled" not in await world.types(call)
