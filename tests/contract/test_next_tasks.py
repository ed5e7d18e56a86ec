"""What is read to choose the next task: bounded, by an index, with calls and customers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.contract.conftest import CHANGE, NOW
from tests.contract.records import a_call
from tests.contract.test_list_plans import TASK, fill, plan_of
from voicegw.journal.entries import CallChanged
from voicegw.model.call import CallOutcome, CallStatus, Direction
from voicegw.model.directory import Customer, DoNotCall
from voicegw.model.task import Priority, Task, TaskState, TaskType
from voicegw.store import next_tasks, schema
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.next_tasks import ENOUGH, FROM_THE_FIRST, MOST_HELD, NextTasks
from voicegw.store.task_rows import task_row

HOUR = timedelta(hours=1)


def a_task(number: int, **more: Any) -> Task:
    fields: dict[str, Any] = {
        "id": f"tsk_{number:05d}",
        "type": TaskType.RENEWAL,
        "created_at": NOW,
        "state": TaskState.ASSIGNED,
        "manager_id": "mgr_1",
        "customer_id": "cus_1",
        "due_at": NOW + number * HOUR,
    }
    return Task(**(fields | more))


async def put(database: Database, tasks: list[Task]) -> None:
    async with database.write() as connection:
        await connection.execute(schema.tasks.insert(), [task_row(task) for task in tasks])


async def worth(database: Database, **more: Any) -> list[str]:
    work = await NextTasks(database).open_work("mgr_1", NOW, lambda _task: True, **more)
    return [task.id for task in work.worth]


async def test_only_open_tasks_of_the_manager_that_wait_for_no_result_are_read(
    database: Database,
) -> None:
    await put(
        database,
        [
            a_task(1),
            a_task(2, manager_id="mgr_2"),
            a_task(3, state=TaskState.DONE, closed_at=NOW),
            a_task(4, state=TaskState.DIALLED),
            a_task(5, due_at=None),
            a_task(6, type=TaskType.OWN, own_type="fibre"),
        ],
    )
    assert sorted(await worth(database)) == ["tsk_00001", "tsk_00005", "tsk_00006"]
    assert await worth(database, types=["fibre"]) == ["tsk_00006"]
    assert sorted(await worth(database, types=["renewal"])) == ["tsk_00001", "tsk_00005"]


async def test_what_presses_is_found_behind_all_that_is_due_sooner(database: Database) -> None:
    tasks = [a_task(number) for number in range(300)]
    tasks.append(a_task(900, priority=Priority.URGENT))
    await put(database, tasks)
    found = await worth(database)
    assert found[0] == "tsk_00900"
    assert ENOUGH <= len(found) <= ENOUGH + 100


async def test_what_can_t_be_called_for_hides_nothing_behind_it(database: Database) -> None:
    await put(database, [a_task(number) for number in range(350)])
    work = await NextTasks(database).open_work("mgr_1", NOW, lambda task: task.id > "tsk_00299")
    assert {task.id for task in work.worth} == {f"tsk_{number:05d}" for number in range(300, 350)}
    assert len(work.held) == MOST_HELD


@pytest.mark.parametrize("more", [{}, {"due_at": None}, {"priority": Priority.URGENT}])
async def test_every_task_is_reached_by_who_goes_on(
    database: Database, more: dict[str, Any]
) -> None:
    await put(database, [a_task(number, **more) for number in range(350)])
    last, reader = {f"tsk_{number:05d}" for number in range(300, 350)}, NextTasks(database)
    begins, found, reads = FROM_THE_FIRST, set[str](), 0
    while begins:
        work = await reader.open_work("mgr_1", NOW, lambda _task: True, begins=begins)
        found |= {task.id for task in work.worth}
        begins, reads = work.more, reads + 1
    assert len(found) == 350
    assert reads > 1, "it is read in parts"
    work = await reader.open_work("mgr_1", NOW, lambda task: task.id in last)
    assert work.worth, "what is not worth a call hides nothing"


async def test_customers_and_their_calls_come_along(
    database: Database, directory: DirectoryRepository
) -> None:
    number = "+8613800138000"
    for key, more in (
        ("cus_1", {"numbers": [number, "+8613800138001"]}),
        ("cus_2", {"do_not_call": DoNotCall("asked", NOW)}),
    ):
        customer = Customer(id=key, name="C", group_id="grp_1", **more)
        await directory.customers.create(customer, CHANGE)
    await put(
        database,
        [
            a_task(1),
            a_task(2, customer_id="cus_2"),
            a_task(3, customer_id=None, customer_number="+8613800138009"),
        ],
    )
    calls = []
    for key, at, customer_id, dialled, direction, outcome in (
        ("2", NOW - HOUR, "cus_1", number, Direction.CLICK_TO_DIAL, CallOutcome.CONNECTED),
        ("1", NOW - 2 * HOUR, "cus_1", number, Direction.DIAL_THROUGH, None),
        ("3", NOW - HOUR, "cus_1", number, Direction.INBOUND, CallOutcome.CONNECTED),
        ("4", NOW - HOUR, None, "+8613800138009", Direction.CLICK_TO_DIAL, CallOutcome.FAILED),
        ("5", NOW - 5000 * HOUR, "cus_1", number, Direction.CLICK_TO_DIAL, CallOutcome.FAILED),
    ):
        call = a_call(f"call_{key}")
        call.created_at, call.customer_id, call.customer_number = at, customer_id, dialled
        call.direction, call.outcome, call.task_id = direction, outcome, None
        call.status = CallStatus.INITIATED if outcome is None else CallStatus.COMPLETED
        calls.append(CallChanged(call, []))
    await BatchWriter(database, "node-1").apply_entries(calls, 1)
    work = await NextTasks(database).open_work("mgr_1", NOW, lambda _task: True)
    assert work.customers["cus_1"].numbers == (number, "+8613800138001")
    assert [work.customers[key].do_not_call for key in ("cus_1", "cus_2")] == [False, True]
    known = {key: [(one.at, one.outcome) for one in calls] for key, calls in work.calls.items()}
    assert known == {
        "cus_1": [(NOW - 2 * HOUR, None), (NOW - HOUR, CallOutcome.CONNECTED)],
        "+8613800138009": [(NOW - HOUR, CallOutcome.FAILED)],
    }


@pytest.mark.parametrize("what", ["timed", "pressing", "untimed"])
async def test_open_tasks_are_found_by_the_index_of_open_ones(
    database: Database, what: str
) -> None:
    await fill(database, schema.tasks, TASK | {"due_at": NOW, "closed_at": None})
    tasks = schema.tasks.c
    async with database.write() as connection:
        await connection.execute(
            schema.tasks.update().where(tasks.id.not_like("%0")).values(closed_at=NOW)
        )
        await connection.execute(sa.text("ANALYZE"))
    query = next_tasks.queries("mgr_1", ())[what].limit(50)
    plan = await plan_of(database, query)
    assert "ix_tasks_open" in plan or "ix_tasks_pressing" in plan, plan
