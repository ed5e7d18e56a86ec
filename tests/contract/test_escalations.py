"""Times of tasks that have passed, told of once whichever node looks."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from tests.contract.test_task_changes import LATER, NOW, a_task
from voicegw.model.deadline import Deadline
from voicegw.model.escalation import promised
from voicegw.model.event import EventType
from voicegw.model.task import TaskResult
from voicegw.store.database import Database
from voicegw.store.escalations import Escalations
from voicegw.store.events import EventRepository
from voicegw.store.task_changes import TaskChanges
from voicegw.store.tasks import TaskRepository

CLOSE = LATER + timedelta(days=2)
AT_ONCE = TaskResult("reached", "key_1", NOW)


async def told(database: Database) -> list[tuple[str, str]]:
    """Return the task and what was owed, of each event of an escalation."""
    events = [one.event for one in await EventRepository(database).after(None, limit=1000)]
    return [
        (one.data["id"], one.data["escalations"][-1]["of"])
        for one in events
        if one.type is EventType.TASK_ESCALATED
    ]


async def test_each_time_is_told_of_once_across_nodes(database: Database) -> None:
    changes = TaskChanges(database)
    for number in range(60):
        await changes.create(a_task(str(number), contact_by=LATER, close_by=CLOSE, escalates=True))
    await changes.create(a_task("quiet", contact_by=LATER, close_by=CLOSE))
    nodes = [Escalations(database) for _ in range(3)]
    assert not any(await asyncio.gather(*(node.tell(NOW) for node in nodes)))
    for now, of in ((LATER, Deadline.CONTACT), (CLOSE, Deadline.CLOSE)):
        while any(found := await asyncio.gather(*(node.tell(now) for node in nodes))):
            assert {one for counts in found for one in counts} <= {of}
    assert Counter(of for _, of in await told(database)) == {"contact": 60, "close": 60}
    assert len(set(await told(database))) == 120
    assert await nodes[0].late_count() == 60
    task = await TaskRepository(database).get("tsk_7")
    assert task is not None
    assert (task.escalated_at, len(task.escalations)) == (CLOSE, 2)


async def test_who_closes_in_time_is_not_told_of(database: Database) -> None:
    changes = TaskChanges(database)
    await changes.create(a_task(contact_by=LATER, escalates=True))
    await changes.change("tsk_1", lambda one: promised(one, CLOSE, NOW), NOW)
    await changes.close("tsk_1", AT_ONCE)
    assert await Escalations(database).tell(CLOSE) == {}


async def test_tasks_and_those_who_are_told_are_written_together(database: Database) -> None:
    await TaskChanges(database).create(a_task(contact_by=LATER, escalates=True))
    heard: list[list[str]] = []
    await Escalations(database, lambda _, tasks: heard.append([one.id for one in tasks])).tell(
        LATER
    )
    assert heard == [["tsk_1"]]

    def fail(*_: object) -> None:
        raise RuntimeError

    await TaskChanges(database).create(a_task("2", contact_by=LATER, escalates=True))
    with pytest.raises(RuntimeError):
        await Escalations(database, fail).tell(LATER)
    assert await told(database) == [("tsk_1", "contact")]
