"""Worker processes: what they hear, what their death costs, that none stays behind."""

from __future__ import annotations

import asyncio
import io
import os
import signal
from collections.abc import AsyncIterator, Callable
from typing import Any, BinaryIO

import numpy as np
import pytest

from recordings.transcription.engine import EngineUnusableError, SoundUnusableError
from recordings.transcription.loader_client import WorkerLostError
from recordings.transcription.pool import PoolRules, TranscriberFaultError, TranscriptionPool
from recordings.transcription.spans import Span
from tests.parts import scripted_engine as script
from tests.parts.speech import (
    burst,
    flac,
    is_running,
    korean_spec,
    scripted_spec,
    spoken,
    talk,
)
from voicegw.model.recording import Channel

MakePool = Callable[..., TranscriptionPool]


@pytest.fixture
async def make_pool() -> AsyncIterator[MakePool]:
    """Return what makes pools, stopped at the end."""
    made: list[TranscriptionPool] = []

    def make(**options: Any) -> TranscriptionPool:
        spec = options.pop("spec", scripted_spec())
        workers = options.pop("workers", 1)
        made.append(TranscriptionPool(spec, workers=workers, rules=PoolRules(**options)))
        return made[-1]

    yield make
    for pool in made:
        pids = [pid for pid in (*pool.pids(), pool.loader_pid) if pid is not None]
        await pool.stop()
        async with asyncio.timeout(5):
            while any(is_running(pid) for pid in pids):  # noqa: ASYNC110
                await asyncio.sleep(0.01)


def opener(data: bytes) -> Callable[[], BinaryIO]:
    """Return what opens `data` as a file."""
    return lambda: io.BytesIO(data)


def nothing_there() -> BinaryIO:
    """Find no file."""
    raise FileNotFoundError


def said(loudness: int, count: int = 1) -> Callable[[], BinaryIO]:
    """Return a file in which the customer makes `count` bursts, two seconds apart."""
    sounds = {1.0 + 2 * number: burst(loudness) for number in range(count)}
    return opener(flac(talk(1 + 2 * count, sounds, {})))


async def test_words_come_from_the_right_side_at_the_right_time(make_pool: MakePool) -> None:
    pool = make_pool()
    sound = flac(talk(8, {1.0: burst(8000), 5.0: burst(8000)}, {3.0: burst(8000, 0.8)}))
    shares: list[float] = []
    found = await pool.recognise(opener(sound), on_progress=shares.append)
    assert (found.duration_s, found.channels) == (8.0, 2)
    heard = [(one.channel, one.start_s, one.end_s) for one in found.segments]
    for (channel, start_s, end_s), expected in zip(
        heard,
        [
            (Channel.CUSTOMER, 1.0, 1.5),
            (Channel.MANAGER, 3.0, 3.8),
            (Channel.CUSTOMER, 5.0, 5.5),
        ],
        strict=True,
    ):
        assert channel is expected[0]
        assert (start_s, end_s) == pytest.approx(expected[1:], abs=0.05)
    assert pool.figures.files == 1
    assert pool.figures.sound_s == 8.0
    assert all(0 <= share <= 1 for share in shares)


async def test_what_is_left_out_is_not_heard(make_pool: MakePool) -> None:
    sound = flac(talk(8, {1.0: burst(8000), 5.0: burst(8000)}, {5.0: burst(8000)}))
    found = await make_pool().recognise(opener(sound), left_out=[Span(4.0, None)])
    assert [one.start_s for one in found.segments] == pytest.approx([1.0], abs=0.05)


async def test_a_worker_does_many_files_and_is_then_replaced(make_pool: MakePool) -> None:
    pool = make_pool(recycle_files=2)
    pids = []
    for _ in range(5):
        await pool.recognise(said(script.WORD))
        pids += pool.pids()
    assert len(pids) == 3  # after each second file nobody is idle
    assert pids[0] != pids[1] != pids[2]


async def test_a_worker_that_has_grown_is_replaced(make_pool: MakePool) -> None:
    pool = make_pool(recycle_growth_bytes=script.LEAK_BYTES // 2)
    await pool.recognise(said(script.WORD))
    assert len(pool.pids()) == 1
    await pool.recognise(said(script.LEAK))
    assert pool.pids() == []


async def test_a_crash_costs_the_file_in_hand_and_nothing_else(make_pool: MakePool) -> None:
    pool = make_pool(workers=2)
    outcomes = await asyncio.gather(
        pool.recognise(said(script.CRASH)), pool.recognise(said(script.SLOW, 4)),
        return_exceptions=True,
    )  # fmt: skip
    assert isinstance(outcomes[0], WorkerLostError)
    assert not isinstance(outcomes[1], BaseException)
    assert len(outcomes[1].segments) == 4
    assert pool.figures.workers_lost == 1
    loader = pool.loader_pid
    assert (await pool.recognise(said(script.WORD))).segments
    assert pool.loader_pid == loader  # nothing was loaded again


async def test_a_fault_is_told(make_pool: MakePool) -> None:
    pool = make_pool()
    with pytest.raises(TranscriberFaultError, match="ValueError"):
        await pool.recognise(said(script.FAULT))
    assert (await pool.recognise(said(script.WORD))).segments


async def test_a_worker_that_hangs_is_ended(make_pool: MakePool) -> None:
    pool = make_pool(stall_s=0.5)
    await pool.recognise(said(script.WORD))
    (pid,) = pool.pids()
    with pytest.raises(WorkerLostError, match="no further"):
        await pool.recognise(said(script.HANG))
    async with asyncio.timeout(5):
        while is_running(pid):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert (await pool.recognise(said(script.WORD))).segments


async def test_the_time_a_file_may_take_goes_by_its_length(make_pool: MakePool) -> None:
    slow = said(script.SLOW, 5)  # a second of work in eleven of sound
    with pytest.raises(WorkerLostError):
        await make_pool(base_s=0.2, per_second=0.01).recognise(slow)
    assert len((await make_pool(base_s=0.2, per_second=1).recognise(slow)).segments) == 5


async def test_cancelling_ends_the_worker(make_pool: MakePool) -> None:
    pool = make_pool()
    await pool.recognise(said(script.WORD))
    (pid,) = pool.pids()
    hanging = asyncio.create_task(pool.recognise(said(script.HANG)))
    await asyncio.sleep(0.2)
    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)
    async with asyncio.timeout(5):
        while is_running(pid):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_killed_loader_takes_its_workers_along_and_is_replaced(
    make_pool: MakePool,
) -> None:
    pool = make_pool()
    await pool.recognise(said(script.WORD))
    (worker,) = pool.pids()
    loader = pool.loader_pid
    assert loader is not None
    os.kill(loader, signal.SIGKILL)
    async with asyncio.timeout(5):
        while is_running(worker):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert (await pool.recognise(said(script.WORD))).segments
    assert pool.loader_pid != loader


async def test_a_hanging_worker_does_not_outlive_its_loader(make_pool: MakePool) -> None:
    pool = make_pool()
    await pool.recognise(said(script.WORD))
    (worker,) = pool.pids()
    hanging = asyncio.create_task(pool.recognise(said(script.HANG)))
    await asyncio.sleep(0.2)
    assert pool.loader_pid is not None
    os.kill(pool.loader_pid, signal.SIGKILL)
    async with asyncio.timeout(5):
        with pytest.raises(WorkerLostError):
            await hanging
        while is_running(worker):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_loader_that_answers_nothing_is_replaced(make_pool: MakePool) -> None:
    pool = make_pool(recycle_files=1, fork_s=1.0)
    await pool.recognise(said(script.WORD))
    stopped = pool.loader_pid
    assert stopped is not None
    os.kill(stopped, signal.SIGSTOP)
    async with asyncio.timeout(30):
        with pytest.raises(WorkerLostError):
            await pool.recognise(said(script.WORD))
        assert (await pool.recognise(said(script.WORD))).segments
    assert not is_running(stopped)


@pytest.mark.parametrize("model", ["broken", "crash"])
@pytest.mark.parametrize("shares_model", [True, False])
async def test_a_model_that_is_no_good_is_a_state(
    make_pool: MakePool, model: str, shares_model: bool
) -> None:
    pool = make_pool(spec=scripted_spec(model, shares_model=shares_model))
    expected = WorkerLostError if (model, shares_model) == ("crash", False) else EngineUnusableError
    with pytest.raises(expected):
        await pool.recognise(said(script.WORD))


async def test_what_is_no_sound_is_refused(make_pool: MakePool) -> None:
    pool = make_pool()
    whole = flac(np.random.default_rng(1).integers(-9000, 9000, (80_000, 2)).astype(np.int16))
    for data in (b"no sound at all", whole[: len(whole) // 2]):
        with pytest.raises(SoundUnusableError):
            await pool.recognise(opener(data))
    with pytest.raises(FileNotFoundError):
        await pool.recognise(nothing_there)


async def test_the_model_is_given_up_when_it_is_not_needed(make_pool: MakePool) -> None:
    pool = make_pool(idle_s=0.1)
    await pool.recognise(said(script.WORD))
    loader = pool.loader_pid
    async with asyncio.timeout(5):
        while loader is None or is_running(loader):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert pool.loader_pid is None
    assert (await pool.recognise(said(script.WORD))).segments


async def test_the_model_is_not_given_up_while_a_worker_is_made(make_pool: MakePool) -> None:
    pool = make_pool(idle_s=0.001, recycle_files=1)
    for _ in range(4):
        assert (await pool.recognise(said(script.WORD))).segments


async def test_real_words_come_back_exactly(make_pool: MakePool) -> None:
    """Two sides, 8 kHz, by the real recogniser: each word, its side, its time."""
    expected = [
        (Channel.CUSTOMER, 1.0, "계약"), (Channel.MANAGER, 3.0, "보험"),
        (Channel.CUSTOMER, 5.0, "아버지"), (Channel.MANAGER, 5.2, "보험"),
        (Channel.CUSTOMER, 8.0, "어머니"), (Channel.MANAGER, 10.0, "계약"),
    ]  # fmt: skip
    sides: dict[Channel, dict[float, Any]] = {Channel.CUSTOMER: {}, Channel.MANAGER: {}}
    for channel, at_s, word in expected:
        sides[channel][at_s] = spoken(word)
    sound = flac(talk(12, sides[Channel.CUSTOMER], sides[Channel.MANAGER]))
    pool = make_pool(spec=korean_spec())
    found = await pool.recognise(opener(sound))
    assert [(one.channel, one.text) for one in found.segments] == [
        (channel, word) for channel, _, word in expected
    ]
    for segment, (_, at_s, word) in zip(found.segments, expected, strict=True):
        assert [one.text for one in segment.words] == [word]
        assert segment.start_s == pytest.approx(at_s, abs=0.2)
        assert segment.confidence is not None
    again = await pool.recognise(opener(sound), left_out=[Span(4.5, 7.0)])
    assert [one.text for one in again.segments] == ["계약", "보험", "어머니", "계약"]
