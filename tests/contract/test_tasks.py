"""Tasks: made with the calls they come from, gathered, closed once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.contract.records import a_call
from voicegw.errors import ConflictError, NotFoundError
from voicegw.journal.entries import CallChanged, Entry, TaskWanted
from voicegw.model.call import CallOutcome, CallStatus, Direction
from voicegw.model.event import EventType
from voicegw.model.task import (
    ResultKind,
    ResultSource,
    Task,
    TaskResult,
    TaskState,
    TaskType,
    task_id,
)
from voicegw.store import schema
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.events import EventRepository
from voicegw.store.task_changes import TaskChanges
from voicegw.store.task_history import TaskHistoryRepository
from voicegw.store.tasks import TaskFilter, TaskRepository

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def a_task(key: str, type_: TaskType = TaskType.MISSED_CALL, **more: Any) -> Task:
    """Return a task that call `key` has led to."""
    fields: dict[str, Any] = {
        "id": task_id(f"call_{key}"),
        "type": type_,
        "created_at": NOW,
        "group_id": "grp_1",
        "manager_id": "mgr_1",
        "customer_id": "cus_1",
        "customer_number": "+8613900139000",
        "calls": [f"call_{key}"],
    }
    return Task(**(fields | more))


async def write(database: Database, *entries: Entry, position: int = 1) -> None:
    """Bring entries to the store as the journal's writer does."""
    await BatchWriter(database, "node-1").apply_entries(entries, position)


async def test_a_task_comes_with_its_call_and_is_told_once(database: Database) -> None:
    call, task = a_call("1", ended=True), a_task("1")
    for position in (1, 2):  # as after a crash between the store and the journal's position
        await write(database, CallChanged(call), TaskWanted(task), position=position)
    task.assigned_at = NOW
    assert await TaskRepository(database).get(task.id) == task
    events = [one.event for one in await EventRepository(database).after(None)]
    told = [one for one in events if one.type is EventType.TASK_CREATED]
    assert [(one.subject, one.sequence, one.group_id) for one in told] == [("call_1", 2, "grp_1")]
    assert "+8613900139000" not in str(told[0].data)


async def test_who_is_missed_again_has_one_task(database: Database) -> None:
    tasks = TaskRepository(database)
    await write(database, TaskWanted(a_task("1")), TaskWanted(a_task("2")))
    await write(database, TaskWanted(a_task("3")), TaskWanted(a_task("3")), position=2)
    # Of another manager, another type, another customer: tasks of their own.
    others = [
        a_task("4", manager_id="mgr_2"),
        a_task("5", TaskType.CALLBACK),
        a_task("6", customer_id=None),
        a_task("7", TaskType.VOICEMAIL),
        a_task("8", TaskType.VOICEMAIL),
        a_task("9", customer_id=None, customer_number=None),
        a_task("10", customer_id=None, customer_number=None),
    ]
    await write(database, *map(TaskWanted, others), position=3)
    found = (await tasks.list()).items
    assert len(found) == 1 + len(others)
    gathered = await tasks.get(task_id("call_1"))
    assert gathered is not None
    assert gathered.calls == ["call_1", "call_2", "call_3"]
    await TaskChanges(database).close(gathered.id, TaskResult("reached", "key_1", NOW))
    await write(database, TaskWanted(a_task("11")), position=4)
    assert (await tasks.get(task_id("call_11"))) is not None


async def test_a_task_is_closed_once(database: Database) -> None:
    tasks = TaskRepository(database)
    await write(database, CallChanged(a_call("1", ended=True)), TaskWanted(a_task("1")))
    result = TaskResult("reached", "key_1", NOW + timedelta(hours=1), "will think about it")
    closed = await TaskChanges(database).close(task_id("call_1"), result)
    assert (closed.state, closed.result, closed.closed_at) == (TaskState.DONE, result, result.at)
    later = TaskResult("reached", "key_2", NOW + timedelta(hours=2), "will think about it")
    assert await TaskChanges(database).close(task_id("call_1"), later) == closed
    with pytest.raises(ConflictError, match="closed already"):
        await TaskChanges(database).close(task_id("call_1"), TaskResult("refused", "key_1", NOW))
    with pytest.raises(NotFoundError):
        await TaskChanges(database).close("tsk_none", result)
    events = [one.event.type for one in await EventRepository(database).after(None)]
    assert events == [EventType.TASK_CREATED, EventType.TASK_COMPLETED]
    # What comes late, from a journal that is read again, opens nothing anew.
    await write(database, TaskWanted(a_task("1")), position=2)
    assert (await tasks.get(task_id("call_1"))) == closed


async def test_who_is_missed_again_while_the_task_is_closed_has_a_new_one(
    database: Database,
) -> None:
    tasks = TaskRepository(database)
    await write(database, TaskWanted(a_task("1")))
    column = schema.tasks.c
    closed = a_task("1", state=TaskState.DONE)
    closing = schema.tasks.update().where(column.id == closed.id)
    async with database.write() as connection:
        await connection.execute(closing.values(state=closed.state, document=closed))
        missed = asyncio.create_task(write(database, TaskWanted(a_task("2")), position=2))
        await asyncio.sleep(0.1)
    await missed
    states = {one.id: one.state for one in (await tasks.list()).items}
    assert states == {task_id("call_1"): TaskState.DONE, task_id("call_2"): TaskState.NEW}


async def test_the_oldest_open_matter_says_who_is_responsible(database: Database) -> None:
    tasks = TaskRepository(database)
    assert await tasks.responsible("cus_1") is None
    later = a_task("2", TaskType.VOICEMAIL, created_at=NOW + timedelta(days=1))
    mine = a_task("1", TaskType.VOICEMAIL, manager_id="mgr_2")
    nobody = a_task("3", created_at=NOW - timedelta(days=1), manager_id=None)
    await write(database, *map(TaskWanted, (later, mine, nobody)))
    assert await tasks.responsible("cus_1") == "mgr_2"
    await TaskChanges(database).close(mine.id, TaskResult("done", "key_1", NOW))
    assert await tasks.responsible("cus_1") == "mgr_1"
    assert await tasks.responsible("cus_2") is None


async def test_lists_are_filtered_and_paged(database: Database) -> None:
    tasks = TaskRepository(database)
    made = [
        a_task(str(number), TaskType.VOICEMAIL, created_at=NOW + timedelta(minutes=number))
        for number in range(5)
    ]
    made.append(a_task("x", TaskType.CALLBACK, group_id="grp_2", manager_id="mgr_2"))
    await write(database, *map(TaskWanted, made))
    page = await tasks.list(TaskFilter(group_ids=["grp_1"]), limit=3)
    rest = await tasks.list(TaskFilter(group_ids=["grp_1"]), limit=3, cursor=page.next_cursor)
    assert [one.id for one in (*page.items, *rest.items)] == [one.id for one in made[4::-1]]
    assert rest.next_cursor is None
    for wanted, expected in (
        (TaskFilter(manager_id="mgr_2"), 1),
        (TaskFilter(type=TaskType.VOICEMAIL), 5),
        (TaskFilter(state=TaskState.DONE), 0),
        (TaskFilter(customer_id="cus_1", from_=NOW + timedelta(minutes=3)), 2),
        (TaskFilter(until=NOW + timedelta(minutes=1)), 2),
    ):
        assert len((await tasks.list(wanted)).items) == expected


def a_talk(key: str, at: datetime, **more: Any) -> CallChanged:
    """Return the end of a call in which somebody talked with the customer of `a_task`."""
    call = a_call(key, ended=True)
    fields: dict[str, Any] = {
        "customer_id": "cus_1",
        "customer_number": "+8613900139000",
        "direction": Direction.INBOUND,
        "bridged_at": at,
        "talk_s": 4.0,
    }
    return CallChanged(msgspec.structs.replace(call, **(fields | more)))


async def test_a_talk_closes_the_calls_back_that_were_owed(database: Database) -> None:
    tasks = TaskRepository(database)
    owed = [
        a_task("1"),
        a_task("2", TaskType.CALLBACK, manager_id="mgr_2"),
        a_task("3", customer_id=None),
    ]
    others = [
        a_task("4", TaskType.VOICEMAIL),
        a_task("5", customer_id="cus_2"),
        a_task("6", customer_id=None, customer_number="+8613900139009"),
    ]
    await write(
        database, *(CallChanged(a_call(str(n), ended=True)) for n in range(1, 7)),
        *map(TaskWanted, (*owed, *others)),
    )  # fmt: skip
    at = NOW + timedelta(minutes=5)
    for position in (2, 3):  # as after a crash between the store and the journal's position
        await write(database, a_talk("7", at), position=position)
    for task in owed:
        closed = await tasks.get(task.id)
        assert closed is not None
        assert (closed.state, closed.closed_at) == (TaskState.DONE, at)
        assert closed.result == TaskResult(
            "reached", "gateway", at, source=ResultSource.GATEWAY, kind=ResultKind.SUCCESS
        )
    for task in others:
        task.assigned_at = NOW
        if task.type is TaskType.VOICEMAIL:
            task.contacted_at = at  # still to be heard
        assert await tasks.get(task.id) == task
    events = [one.event for one in await EventRepository(database).after(None)]
    told = [one for one in events if one.type is EventType.TASK_COMPLETED]
    assert sorted(one.subject for one in told) == ["call_1", "call_2", "call_3"]
    assert "+8613900139000" not in str([one.data for one in told])


async def test_who_is_missed_after_the_talk_is_owed_another(database: Database) -> None:
    tasks = TaskRepository(database)
    first, talk_at = a_task("1"), NOW + timedelta(minutes=5)
    again = a_task("3", created_at=NOW + timedelta(minutes=9))
    # All of it in one group of the journal, and in its order.
    await write(database, TaskWanted(first), a_talk("2", talk_at), TaskWanted(again))
    await write(database, a_talk("2", talk_at), position=2)
    states = {one.id: one.state for one in (await tasks.list()).items}
    assert states == {first.id: TaskState.DONE, again.id: TaskState.NEW}


@pytest.mark.parametrize(
    ("change", "is_closed"),
    [
        ({"direction": Direction.CLICK_TO_DIAL, "talk_s": 9.0}, False),
        ({"direction": Direction.DIAL_THROUGH, "talk_s": 11.0}, True),
        ({"bridged_at": None}, False),
        ({"customer_id": None}, False),  # a family's number: nobody knows who of it was there
        ({"bridged_at": NOW - timedelta(seconds=1)}, False),
    ],
)
async def test_only_a_talk_with_the_customer_closes(
    database: Database, change: dict[str, Any], is_closed: bool
) -> None:
    talk = a_talk("2", NOW + timedelta(minutes=5))
    talk = CallChanged(msgspec.structs.replace(talk.call, **change))
    await write(database, TaskWanted(a_task("1")), talk)
    task = await TaskRepository(database).get(task_id("call_1"))
    assert task is not None
    assert task.is_open is not is_closed


async def test_a_talk_with_its_customer_is_a_tasks_contact(database: Database) -> None:
    tasks, changes = TaskRepository(database), TaskChanges(database)
    open_one = a_task("1", TaskType.RETENTION)
    numbered = a_task("2", TaskType.RENEWAL, customer_id=None)
    others = [
        a_task("3", TaskType.RENEWAL, customer_id="cus_2"),
        a_task("4", TaskType.RENEWAL, created_at=NOW + timedelta(hours=1)),
        a_task("5", TaskType.RENEWAL),
    ]
    for task in (open_one, numbered, *others):
        await changes.create(task)
    await changes.close("tsk_5", TaskResult("renewed", "key_1", NOW))
    short, first, second = (NOW + timedelta(minutes=minutes) for minutes in (1, 5, 9))
    dialled = Direction.CLICK_TO_DIAL
    await write(database, a_talk("11", short, direction=dialled, talk_s=9.0))
    found = await tasks.get("tsk_1")
    assert found is not None
    assert found.contacted_at is None  # who answered may have been a mailbox
    for position in (2, 3):  # as after a crash between the store and the journal's position
        await write(
            database,
            a_talk("12", first, direction=dialled, talk_s=10.0),
            a_talk("13", second),
            position=position,
        )
    contacted = {one.id: one.contacted_at for one in (await tasks.list()).items}
    assert contacted == {
        "tsk_1": first, "tsk_2": first, "tsk_3": None, "tsk_4": None, "tsk_5": None,
    }  # fmt: skip
    history = (await TaskHistoryRepository(database).list("tsk_1")).items
    assert [(one.what, one.call_id, one.at) for one in history[1:]] == [
        ("contacted", "call_12", first)
    ]
    events = [one.event for one in await EventRepository(database).after(None)]
    told = [one for one in events if one.type is EventType.TASK_CONTACTED]
    assert {one.data["id"] for one in told} == {"tsk_1", "tsk_2"}
    assert len(told) == 2


async def test_a_result_told_before_the_talk_is_written_hides_no_contact(
    database: Database,
) -> None:
    tasks, changes = TaskRepository(database), TaskChanges(database)
    for key, type_ in (("1", TaskType.RENEWAL), ("2", TaskType.COMPLAINT), ("3", TaskType.SURVEY)):
        await changes.create(a_task(key, type_, calls=[]))
    at, told_at = NOW + timedelta(minutes=5), NOW + timedelta(minutes=6)
    for key in ("1", "2"):
        await changes.close(f"tsk_{key}", TaskResult("success", "key_1", told_at))
    # Closed before anybody talked: what comes later was not its contact.
    await changes.close("tsk_3", TaskResult("success", "key_1", NOW + timedelta(minutes=1)))
    dialled: dict[str, Any] = {"direction": Direction.CLICK_TO_DIAL, "talk_s": 60.0}
    talks = [a_talk(f"8{key}", at, task_id=f"tsk_{key}", **dialled) for key in ("1", "2", "3")]
    for position in (2, 3):  # as after a crash between the store and the journal's position
        await write(database, *talks, position=position)
    found = {one.id: one for one in (await tasks.list()).items}
    contacted = {name: one.contacted_at for name, one in found.items()}
    assert contacted == {"tsk_1": at, "tsk_2": at, "tsk_3": None}
    assert {one.state for one in found.values()} == {TaskState.DONE}
    assert {one.manager_id for one in found.values()} == {"mgr_1"}, "who closed it answered for it"
    events = [one.event for one in await EventRepository(database).after(None)]
    assert [one.type for one in events].count(EventType.TASK_CONTACTED) == 2
    assert [one.type for one in events].count(EventType.TASK_COMPLETED) == 3


async def test_a_customer_who_calls_back_is_an_attempt_of_the_task(database: Database) -> None:
    tasks, changes = TaskRepository(database), TaskChanges(database)
    await changes.create(a_task("1", TaskType.RENEWAL, calls=[]))
    missed = msgspec.structs.replace(
        a_call("8", ended=True, task_id="tsk_1"),
        direction=Direction.INBOUND,
        status=CallStatus.NO_ANSWER,
        outcome=CallOutcome.MISSED,
    )
    at = NOW + timedelta(minutes=5)
    for position in (2, 3):
        await write(
            database, CallChanged(missed), a_talk("9", at, task_id="tsk_1"), position=position
        )
    task = await tasks.get("tsk_1")
    assert task is not None
    assert [one.call_id for one in task.attempts] == ["call_9"]
    assert (task.state, task.contacted_at) == (TaskState.DIALLED, at)
    history = (await TaskHistoryRepository(database).list("tsk_1")).items
    assert [(one.what, one.call_id) for one in history] == [
        ("created", None),
        ("called_back", "call_9"),
        ("contacted", "call_9"),
    ]
    await changes.close("tsk_1", TaskResult("renewed", "key_1", NOW))
    await write(database, a_talk("10", at, task_id="tsk_1"), position=4)
    closed = await tasks.get("tsk_1")
    assert closed is not None
    assert (closed.state, len(closed.attempts)) == (TaskState.DONE, 2)
