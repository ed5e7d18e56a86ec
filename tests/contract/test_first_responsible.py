"""Whoever talks first with a customer answers for the matter, and is rung the next time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.contract.records import a_call
from tests.contract.test_task_changes import LATER, a_task
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call, CallOutcome, Direction, Leg, LegRole
from voicegw.model.event import EventType
from voicegw.model.task import Task, TaskResult, TaskSource, TaskState, TaskType, changed
from voicegw.model.task_history import TaskWord
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.events import EventRepository
from voicegw.store.task_changes import TaskChanges
from voicegw.store.task_history import TaskHistoryRepository
from voicegw.store.tasks import TaskRepository, put_tasks


def a_talk(key: str, manager_id: str, minutes: int = 1, **more: Any) -> Call:
    """Return a talk that began `minutes` after LATER."""
    at = LATER + timedelta(minutes=minutes)
    fields: dict[str, Any] = {
        "direction": Direction.INBOUND,
        "outcome": CallOutcome.CONNECTED,
        "manager_id": manager_id,
        "created_at": at,
        "bridged_at": at,
        "ended_at": at + timedelta(minutes=1),
        "talk_s": 60.0,
        "legs": [],
    }
    return a_call(key, ended=True, **(fields | more))


async def after(database: Database, *talks: Call) -> Task:
    writer = BatchWriter(database, "node-1")
    for position, talk in enumerate(talks, start=1):
        await writer.apply_entries([CallChanged(talk)], position)
        await writer.apply_entries([CallChanged(talk)], position)  # as after a crash
    task = await TaskRepository(database).get("tsk_1")
    assert task is not None
    return task


@pytest.mark.parametrize(
    "more",
    [
        {"type": TaskType.COMPLAINT},
        {"type": TaskType.VOICEMAIL},
        {"type": TaskType.RETENTION, "source": TaskSource.TRIGGER},
    ],
)
async def test_the_deputy_who_talks_first_has_the_matter(
    database: Database, more: dict[str, Any]
) -> None:
    await TaskChanges(database).create(a_task(**more))
    task = await after(database, a_talk("1", "mgr_2"), a_talk("2", "mgr_3", 5))
    assert (task.manager_id, task.state) == ("mgr_2", TaskState.ASSIGNED)
    assert task.contacted_at == task.assigned_at == LATER + timedelta(minutes=1)
    history = (await TaskHistoryRepository(database).list("tsk_1")).items
    assert [(one.what, one.call_id) for one in history] == [
        (TaskWord.CREATED, None),
        (TaskWord.TAKEN, "call_1"),
    ]
    assert history[1].changes["manager_id"].before == "mgr_1"
    told = [one.event.type for one in await EventRepository(database).after(None)]
    assert told.count(EventType.TASK_ASSIGNED) == 2
    assert told.count(EventType.TASK_CONTACTED) == 1
    # The customer who calls again is put through to who answers for it.
    assert await TaskRepository(database).responsible("cus_1") == "mgr_2"


async def test_the_matter_goes_to_the_group_of_whoever_took_it(
    database: Database, directory: DirectoryRepository
) -> None:
    await TaskChanges(database).create(a_task(type=TaskType.COMPLAINT, group_id="grp_1"))
    task = await after(database, a_talk("1", "mgr_2"))
    assert (task.manager_id, task.group_id) == ("mgr_2", "grp_2"), "its superiors see it there"
    told = [one.event for one in await EventRepository(database).after(None)]
    assigned = [one.group_id for one in told if one.type is EventType.TASK_ASSIGNED]
    assert assigned == ["grp_1", "grp_2"]


async def test_what_was_nobodys_is_now_somebodys(database: Database) -> None:
    await TaskChanges(database).create(a_task(type=TaskType.COMPLAINT, manager_id=None))
    task = await after(database, a_talk("1", "mgr_2"))
    assert (task.manager_id, task.state) == ("mgr_2", TaskState.ASSIGNED)


async def test_who_was_called_for_the_task_and_by_whom(database: Database) -> None:
    await TaskChanges(database).create(
        a_task(type=TaskType.RETENTION, source=TaskSource.TRIGGER, escalates=True)
    )
    away = a_talk("1", "mgr_2", direction=Direction.CLICK_TO_DIAL, task_id="tsk_1", talk_s=3.0)
    task = await after(database, away)
    # Three seconds may have been a mailbox.
    assert (task.manager_id, task.contacted_at) == ("mgr_1", None)
    assert await TaskRepository(database).responsible("cus_1") is None
    talk = a_talk("2", "mgr_2", 5, direction=Direction.CLICK_TO_DIAL, task_id="tsk_1")
    task = await after(database, away, talk)
    assert (task.manager_id, task.state) == ("mgr_2", TaskState.DIALLED)


async def test_of_those_who_talked_the_first_has_it_whoever_it_was_handed_on_to(
    database: Database,
) -> None:
    await TaskChanges(database).create(a_task(type=TaskType.COMPLAINT))
    at = LATER + timedelta(minutes=1)
    legs = [
        Leg("leg_c", LegRole.CUSTOMER, answered_at=at),
        Leg("leg_x", LegRole.MANAGER, "mgr_9"),  # rang, and nobody answered
        Leg("leg_2", LegRole.MANAGER, "mgr_4", answered_at=at + timedelta(seconds=40)),
        Leg("leg_1", LegRole.MANAGER, "mgr_3", answered_at=at, accepted_at=at),
    ]
    task = await after(database, a_talk("1", "mgr_4", legs=legs))
    assert task.manager_id == "mgr_3"


async def test_explicit_will_goes_before_and_other_tasks_stay(database: Database) -> None:
    changes = TaskChanges(database)
    await changes.create(a_task(type=TaskType.COMPLAINT))
    await changes.create(a_task("2"))  # a renewal that no system has noticed
    await after(database, a_talk("1", "mgr_2"))
    await changes.change("tsk_1", lambda one: changed(one, manager_id="mgr_5"), LATER, by="key_1")
    task = await after(database, a_talk("1", "mgr_2"), a_talk("2", "mgr_3", 9))
    assert task.manager_id == "mgr_5"
    renewal = await TaskRepository(database).get("tsk_2")
    assert renewal is not None
    assert (renewal.manager_id, renewal.contacted_at) == ("mgr_1", LATER + timedelta(minutes=1))


async def test_who_comes_back_soon_gets_a_task_that_follows_the_matter(database: Database) -> None:
    changes = TaskChanges(database)
    await changes.create(a_task(type=TaskType.COMPLAINT))
    await changes.create(a_task("2", type=TaskType.RENEWAL))
    for key in ("1", "2"):
        await changes.close(f"tsk_{key}", TaskResult("solved", "key_1", LATER))
    for key, days, parent in (("soon", 6, "tsk_1"), ("late", 8, None)):
        at = LATER + timedelta(days=days)
        missed = Task(f"tsk_{key}", TaskType.VOICEMAIL, at, customer_id="cus_1", calls=["call_9"])
        other = Task(f"tsk_{key}_2", TaskType.VOICEMAIL, at, customer_id="cus_2")
        await database.do_write(lambda connection: put_tasks(connection, [missed, other]))  # noqa: B023
        for task_id, expected in ((f"tsk_{key}", parent), (f"tsk_{key}_2", None)):
            task = await TaskRepository(database).get(task_id)
            assert task is not None
            assert task.parent_id == expected
