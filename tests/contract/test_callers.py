"""Who may be behind a number, in both stores."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.contract.conftest import CHANGE, NOW
from tests.contract.records import a_call
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call, CallOutcome, Direction
from voicegw.model.directory import Customer
from voicegw.model.task import Task, TaskResult, TaskType
from voicegw.store.batch import BatchWriter
from voicegw.store.callers import MAX_CANDIDATES, CallerRecord, DialledTask, LastContact
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.task_changes import TaskChanges
from voicegw.store.tasks import put_tasks

_NUMBER = "+8613900139000"
_SINCE = NOW - timedelta(days=14)


async def _write(database: Database, *calls: Call) -> None:
    await BatchWriter(database, "node-1").apply_entries([CallChanged(call) for call in calls], 1)


def _inbound(key: str, outcome: CallOutcome, age_s: float, **more: object) -> Call:
    return a_call(
        key, age_s=age_s, ended=True, direction=Direction.INBOUND, outcome=outcome, **more
    )


async def test_a_number_nobody_has(directory: DirectoryRepository) -> None:
    assert await directory.callers.find(_NUMBER, _SINCE) == CallerRecord()
    assert await directory.callers.last_contact(_NUMBER, _SINCE) is None


async def test_all_customers_with_a_number_owned_ones_first(directory: DirectoryRepository) -> None:
    made = [
        Customer(f"cus_{key}", key, "grp_1", numbers=[_NUMBER], owner_id=owner)
        for key, owner in (("1", None), ("2", "mgr_1"), ("3", "mgr_2"))
    ]
    other = Customer("cus_4", "4", "grp_1", numbers=["+8613900139001"])
    for customer in (*made, other):
        await directory.customers.create(customer, CHANGE)
    found = await directory.callers.find(_NUMBER, _SINCE)
    assert found == CallerRecord(
        (made[1], made[2], made[0]), None, dict.fromkeys(("cus_2", "cus_3", "cus_1"))
    )


async def test_who_is_responsible_for_each_of_them(
    database: Database, directory: DirectoryRepository
) -> None:
    for key, numbers in (("1", [_NUMBER, "+8613900139002"]), ("2", [_NUMBER])):
        customer = Customer(f"cus_{key}", key, "grp_1", numbers=numbers)
        await directory.customers.create(customer, CHANGE)
    tasks = [
        Task(f"tsk_{key}", TaskType.CALLBACK, NOW, manager_id=f"mgr_{key}", customer_id="cus_2")
        for key in ("1", "2")
    ]
    await database.do_write(lambda connection: put_tasks(connection, tasks))
    found = await directory.callers.find(_NUMBER, _SINCE)
    assert found.responsible == {"cus_1": None, "cus_2": "mgr_1"}
    assert found.customers[0].numbers == [_NUMBER, "+8613900139002"]


async def test_no_more_customers_than_a_menu_could_name(directory: DirectoryRepository) -> None:
    for key in range(MAX_CANDIDATES + 2):
        customer = Customer(f"cus_{key:02}", "A", "grp_1", numbers=[_NUMBER])
        await directory.customers.create(customer, CHANGE)
    found = await directory.callers.find(_NUMBER, _SINCE)
    assert [customer.id for customer in found.customers] == [
        f"cus_{key:02}" for key in range(MAX_CANDIDATES)
    ]


@pytest.mark.parametrize("direction", [Direction.CLICK_TO_DIAL, Direction.DIAL_THROUGH])
async def test_whoever_dialled_last_is_the_contact(
    directory: DirectoryRepository, database: Database, direction: Direction
) -> None:
    busy = CallOutcome.CUSTOMER_BUSY
    await _write(
        database,
        a_call("1", age_s=60, manager_id="mgr_2", customer_id="cus_2", direction=direction),
        a_call("2", age_s=30, ended=True, direction=direction, outcome=busy),
        a_call("3", age_s=10, manager_id="mgr_2", customer_number="+8613900139001"),
    )
    contact = LastContact("mgr_1", NOW - timedelta(seconds=30), "cus_1")
    assert await directory.callers.last_contact(_NUMBER, _SINCE) == contact
    assert (await directory.callers.find(_NUMBER, _SINCE)).last == contact


async def test_a_caller_counts_who_spoke_to_somebody(
    directory: DirectoryRepository, database: Database
) -> None:
    await _write(
        database,
        _inbound("1", CallOutcome.CONNECTED, 60, manager_id="mgr_2", customer_id=None),
        _inbound("2", CallOutcome.MISSED, 30),
        _inbound("3", CallOutcome.VOICEMAIL, 20),
        _inbound("4", CallOutcome.CONNECTED, 10, manager_id=None),
        a_call("5", age_s=5, direction=Direction.INBOUND),
    )
    contact = LastContact("mgr_2", NOW - timedelta(seconds=60), None)
    assert await directory.callers.last_contact(_NUMBER, _SINCE) == contact


async def test_what_was_long_ago_counts_for_nothing(
    directory: DirectoryRepository, database: Database
) -> None:
    await _write(database, a_call("1", age_s=3600))
    hour_ago = NOW - timedelta(hours=1)
    assert await directory.callers.last_contact(_NUMBER, hour_ago) is not None
    later = hour_ago + timedelta(seconds=1)
    assert await directory.callers.last_contact(_NUMBER, later) is None


async def test_the_open_task_for_which_the_number_was_last_dialled(
    database: Database, directory: DirectoryRepository
) -> None:
    changes = TaskChanges(database)
    for key in ("1", "2", "3"):
        await changes.create(Task(f"tsk_{key}", TaskType.RENEWAL, NOW, customer_id=f"cus_{key}"))
    day_s = 86_400
    await _write(
        database,
        a_call("1", age_s=8 * day_s, ended=True, task_id="tsk_1"),
        a_call("2", age_s=6 * day_s, ended=True, task_id="tsk_2"),
        a_call("3", age_s=5 * day_s, ended=True, task_id="tsk_3"),
        a_call("4", age_s=4 * day_s, ended=True),
        _inbound("5", CallOutcome.CONNECTED, 3 * day_s, task_id="tsk_1"),
        a_call("6", age_s=day_s, ended=True, task_id="tsk_gone"),
    )
    week = NOW - timedelta(days=7)

    async def found() -> DialledTask | None:
        return (await directory.callers.find(_NUMBER, _SINCE, dialled_since=week)).task

    assert await found() == DialledTask("tsk_3", "cus_3")
    for key, left in (("3", DialledTask("tsk_2", "cus_2")), ("2", None)):
        await changes.close(f"tsk_{key}", TaskResult("reached", "key_1", NOW))
        assert await found() == left
    longer = await directory.callers.find(_NUMBER, _SINCE)
    assert longer.task == DialledTask("tsk_1", "cus_1")
    assert (await directory.callers.find("+8613900139999", _SINCE)).task is None
