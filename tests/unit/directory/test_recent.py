"""Answers that are fresh, stale, shared, late or missing."""

from __future__ import annotations

import asyncio

import pytest

from tests.unit.directory.conftest import FakeClock
from voicegw.directory.recent import RecentAnswers
from voicegw.errors import StoreUnavailableError


class Source:
    """Gives rising answers; may be slow, away or broken."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = False
        self.broken = False
        self.gate: asyncio.Event | None = None

    async def ask(self) -> int:
        self.asked += 1
        answer = self.asked
        if self.gate is not None:
            await self.gate.wait()
        if self.away:
            raise StoreUnavailableError("away")
        if self.broken:
            raise ZeroDivisionError
        return answer


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def recent(clock: FakeClock) -> RecentAnswers[int]:
    return RecentAnswers(clock, size=2, ttl_s=5, patience_s=0.01, limit_s=0.02, retry_s=1)


async def test_a_fresh_answer_is_not_asked_for_again(
    recent: RecentAnswers[int], source: Source, clock: FakeClock
) -> None:
    assert await recent.get("a", source.ask) == 1
    clock.elapsed_s = 4.9
    assert await recent.get("a", source.ask) == 1
    clock.elapsed_s = 5
    assert await recent.get("a", source.ask) == 2


async def test_many_share_one_question(recent: RecentAnswers[int], source: Source) -> None:
    answers = await asyncio.gather(*(recent.get("a", source.ask) for _ in range(20)))
    assert answers == [1] * 20
    assert source.asked == 1


async def test_the_longest_unused_answer_is_forgotten(
    recent: RecentAnswers[int], source: Source
) -> None:
    for key in ("a", "b", "a", "c"):
        await recent.get(key, source.ask)
    assert len(recent) == 2
    assert await recent.get("a", source.ask) == 1
    assert await recent.get("b", source.ask) == 4


async def test_a_stale_answer_serves_while_the_store_is_away(
    recent: RecentAnswers[int], source: Source, clock: FakeClock
) -> None:
    await recent.get("a", source.ask)
    clock.elapsed_s = 100
    source.away = True
    for _ in range(3):
        assert await recent.get("a", source.ask) == 1
    # Asked once: the store is left alone for a moment.
    assert source.asked == 2
    clock.elapsed_s = 101
    assert await recent.get("a", source.ask) == 1
    assert source.asked == 3
    source.away = False
    clock.elapsed_s = 102
    assert await recent.get("a", source.ask) == 4
    source.away = True
    with pytest.raises(StoreUnavailableError):
        await recent.get("never asked", source.ask)


async def test_a_slow_store_is_not_waited_for_long(
    recent: RecentAnswers[int], source: Source, clock: FakeClock
) -> None:
    source.gate = asyncio.Event()
    with pytest.raises(StoreUnavailableError):
        await recent.get("a", source.ask)
    source.gate.set()
    assert await recent.get("a", source.ask) == 1
    clock.elapsed_s = 10
    source.gate = asyncio.Event()
    assert await recent.get("a", source.ask) == 1
    source.gate.set()
    await asyncio.sleep(0.01)
    assert await recent.get("a", source.ask) == 2


async def test_a_late_failure_disturbs_nobody(recent: RecentAnswers[int], source: Source) -> None:
    source.gate = asyncio.Event()
    source.away = True
    with pytest.raises(StoreUnavailableError):
        await recent.get("a", source.ask)
    source.gate.set()
    await asyncio.sleep(0.01)
    assert len(recent) == 0


async def test_what_expires_while_it_is_asked_for_is_not_kept(
    recent: RecentAnswers[int], source: Source
) -> None:
    source.gate = asyncio.Event()
    asking = asyncio.create_task(recent.get("a", source.ask))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    recent.expire()
    source.gate.set()
    assert await asking == 1
    assert await recent.get("a", source.ask) == 2
    recent.expire()
    source.away = True
    assert await recent.get("a", source.ask) == 2


async def test_defects_surface(
    recent: RecentAnswers[int], source: Source, clock: FakeClock
) -> None:
    source.broken = True
    with pytest.raises(ZeroDivisionError):
        await recent.get("a", source.ask)
    source.broken = False
    await recent.get("a", source.ask)
    clock.elapsed_s = 10
    source.broken = True
    with pytest.raises(ZeroDivisionError):
        await recent.get("a", source.ask)
