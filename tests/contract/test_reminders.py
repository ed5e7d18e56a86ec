"""Appointments that are near: each is told of once, with one message, whichever nodes look."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from tests.contract.conftest import NOW
from tests.contract.test_task_changes import a_task
from voicegw.model.sms import SmsPurpose
from voicegw.model.task import TaskResult, called_again
from voicegw.model.task_history import TaskWord
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.events import EventRepository
from voicegw.store.reminders import Reminders
from voicegw.store.sms import SmsFilter, SmsRepository
from voicegw.store.task_changes import TaskChanges
from voicegw.store.task_history import TaskHistoryRepository
from voicegw.store.tasks import TaskRepository
from voicegw.tasks.reminder_messages import ReminderMessages

BEFORE = timedelta(minutes=10)
HOUR = timedelta(hours=1)


def looks(database: Database) -> Reminders:
    messages = ReminderMessages("zh", lambda _task: {"zh": "回访"})
    return Reminders(database, BEFORE, messages.of)


async def agreed(database: Database, key: str = "1") -> None:
    """Have the customer of a new task ask for a call in an hour."""
    changes = TaskChanges(database)
    await changes.create(a_task(key))
    result = TaskResult("call_again", "key_1", NOW)
    await changes.change(f"tsk_{key}", lambda one: called_again(one, result, NOW + HOUR), NOW)


async def test_several_nodes_remind_once_of_each(
    database: Database, directory: DirectoryRepository
) -> None:
    manager = await directory.managers.get("mgr_1")
    assert manager is not None
    for number in range(60):
        await agreed(database, str(number))
    watches = [looks(database) for _ in range(3)]
    assert await watches[0].tell(NOW + HOUR - BEFORE - timedelta(seconds=1)) == 0
    told = await asyncio.gather(*(one.tell(NOW + HOUR - BEFORE) for one in watches))
    assert sum(told) == 60
    assert await watches[0].tell(NOW + 2 * HOUR) == 0
    events = [one.event for one in await EventRepository(database).after(None, limit=500)]
    reminded = [one for one in events if one.type == "task.reminded"]
    assert len({one.data["id"] for one in reminded}) == 60
    sent = (await SmsRepository(database).list(SmsFilter(), limit=200)).items
    assert len({one.task_id for one in sent}) == len(sent) == 60
    assert {one.purpose for one in sent} == {SmsPurpose.REMINDER}
    assert {one.to for one in sent} == {manager.phones[0].number}


async def test_a_manager_without_a_number_is_told_by_the_event_alone(database: Database) -> None:
    await agreed(database)
    assert await looks(database).tell(NOW + HOUR) == 1
    task = await TaskRepository(database).get("tsk_1")
    assert task is not None
    assert task.reminders == [NOW + HOUR]
    history = (await TaskHistoryRepository(database).list("tsk_1")).items
    assert TaskWord.REMINDED in {one.what for one in history}
    assert (await SmsRepository(database).list(SmsFilter())).items == []


async def test_what_is_done_before_its_time_is_not_reminded_of(database: Database) -> None:
    await agreed(database)
    await TaskChanges(database).close("tsk_1", TaskResult("success", "key_1", NOW))
    assert await looks(database).tell(NOW + HOUR) == 0
