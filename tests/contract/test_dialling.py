"""Whom a manager dialled, what was spent, and wrong PINs, in both stores."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.contract.conftest import NOW
from tests.contract.records import a_call
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call, CallOutcome, Direction
from voicegw.model.directory import Group, Manager
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.dialling import (
    DiallingRepository,
    LastDialled,
    Spent,
    manager_key,
    own_telephone_key,
)
from voicegw.store.directory import DirectoryRepository

_DAY = NOW - timedelta(days=1)
_LOCK = timedelta(minutes=15)


@pytest.fixture
def dialling(database: Database) -> DiallingRepository:
    return DiallingRepository(database)


async def _write(database: Database, *calls: Call) -> None:
    await BatchWriter(database, "node-1").apply_entries([CallChanged(call) for call in calls], 1)


def _call(key: str, direction: Direction, age_s: float, **more: object) -> Call:
    call = a_call(key, age_s=age_s, ended=True, direction=direction)
    call.manager_id = "mgr_1"
    for name, value in more.items():
        setattr(call, name, value)
    return call


async def test_nothing_dialled_nothing_spent(dialling: DiallingRepository) -> None:
    assert await dialling.last_dialled("mgr_1", _DAY) is None
    assert await dialling.spent("mgr_1", _DAY) == Spent()


async def test_the_last_call_outward_counts_not_who_called_since(
    database: Database, dialling: DiallingRepository
) -> None:
    await _write(
        database,
        _call("a", Direction.CLICK_TO_DIAL, 300, customer_number="+8613800138001"),
        _call(
            "b",
            Direction.DIAL_THROUGH,
            200,
            customer_number="+8613800138002",
            customer_id="cus_2",
            outcome=CallOutcome.REFUSED,
        ),
        _call("c", Direction.DIAL_THROUGH, 150, customer_number=None),
        _call("d", Direction.INBOUND, 100, customer_number="+8613800138003"),
        _call("e", Direction.CLICK_TO_DIAL, 50, manager_id="mgr_2"),
    )
    assert await dialling.last_dialled("mgr_1", _DAY) == LastDialled("+8613800138002", "cus_2")
    assert await dialling.last_dialled("mgr_1", NOW) is None


async def test_what_was_dialled_through_is_spent(
    database: Database, dialling: DiallingRepository
) -> None:
    through = Direction.DIAL_THROUGH
    number = "+8613800138001"
    await _write(
        database,
        _call("a", through, 300, customer_number=number, talk_s=61.5),
        _call("b", through, 200, customer_number=number, talk_s=None),
        _call("c", through, 200, customer_number=number, outcome=CallOutcome.REFUSED, talk_s=None),
        _call("d", through, 200, customer_number=None, talk_s=None),
        _call("e", Direction.CLICK_TO_DIAL, 200, customer_number=number, talk_s=900.0),
        _call("f", through, 3 * 86_400, customer_number=number, talk_s=900.0),
    )
    assert await dialling.spent("mgr_1", _DAY) == Spent(2, 61.5)


async def test_the_fifth_failure_locks_and_time_unlocks(dialling: DiallingRepository) -> None:
    keys = ["manager:mgr_1", "telephone:+8613600136000"]
    for attempt in range(5):
        assert await dialling.locked(NOW) == []
        at = NOW + timedelta(seconds=attempt)
        assert await dialling.begin_attempt(keys, at, most=5, lock=_LOCK)
    locked_at = NOW + timedelta(seconds=4)
    assert await dialling.locked(locked_at) == keys
    # Another telephone doesn't help, and what is refused counts nowhere.
    other = [keys[0], "telephone:withheld"]
    assert not await dialling.begin_attempt(other, locked_at, most=5, lock=_LOCK)
    over = locked_at + _LOCK
    assert await dialling.locked(over) == []
    assert await dialling.begin_attempt(other, over, most=5, lock=_LOCK)
    assert await dialling.locked(over) == []


async def test_a_lock_outlives_whoever_made_it(database: Database) -> None:
    for _ in range(5):
        await DiallingRepository(database).begin_attempt(["manager:m"], NOW, most=5, lock=_LOCK)
    later = DiallingRepository(database)
    assert not await later.begin_attempt(["manager:m"], NOW, most=5, lock=_LOCK)


async def test_old_failures_do_not_count(dialling: DiallingRepository) -> None:
    for _ in range(4):
        await dialling.begin_attempt(["manager:m"], NOW, most=5, lock=_LOCK)
    later = NOW + _LOCK
    assert await dialling.begin_attempt(["manager:m"], later, most=5, lock=_LOCK)
    assert await dialling.locked(later) == []


async def test_who_was_right_is_forgiven_and_the_telephone_gets_its_attempt_back(
    dialling: DiallingRepository,
) -> None:
    keys = ["manager:m", "telephone:t"]
    for _ in range(2):
        await dialling.begin_attempt(keys, NOW, most=2, lock=_LOCK)
    assert await dialling.locked(NOW) == keys
    await dialling.forgive(["manager:m"])
    await dialling.take_back("telephone:t")
    assert await dialling.locked(NOW) == []
    await dialling.begin_attempt(keys, NOW, most=2, lock=_LOCK)
    assert await dialling.locked(NOW) == ["telephone:t"]


async def test_a_new_pin_ends_the_locks_of_its_manager_only(
    database: Database, dialling: DiallingRepository
) -> None:
    keys = [manager_key("mgr_1"), own_telephone_key("mgr_1"), manager_key("mgr_2"), "telephone:x"]
    for key in keys:
        await dialling.begin_attempt([key], NOW, most=1, lock=_LOCK)
    assert sorted(await dialling.locked(NOW)) == sorted(keys)
    directory = DirectoryRepository(database)
    await directory.groups.create(Group("grp_1", "City"))
    await directory.managers.create(Manager("mgr_1", "Wang", "grp_1"))
    await directory.managers.set_pin("mgr_1", "hash")
    assert await dialling.locked(NOW) == ["manager:mgr_2", "telephone:x"]


async def test_attempts_of_the_same_moment_count_all(dialling: DiallingRepository) -> None:
    keys = ["telephone:t", "manager:m"]
    begun = await asyncio.gather(
        *(dialling.begin_attempt(keys, NOW, most=5, lock=_LOCK) for _ in range(8))
    )
    assert sum(begun) == 5
    assert await dialling.locked(NOW) == sorted(keys)


async def test_what_locks_nobody_any_more_is_forgotten(dialling: DiallingRepository) -> None:
    for _ in range(5):
        await dialling.begin_attempt(["manager:m"], NOW, most=5, lock=_LOCK)
    await dialling.begin_attempt(["manager:n"], NOW, most=5, lock=_LOCK)
    await dialling.forget_failures_before(NOW + timedelta(seconds=1))
    assert await dialling.locked(NOW) == ["manager:m"]
    await dialling.forget_failures_before(NOW + _LOCK + timedelta(seconds=1))
    assert await dialling.locked(NOW) == []
