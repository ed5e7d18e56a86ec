"""What follows from a refusal: the win-back plan, in the transaction that closes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from tests.contract.test_task_changes import LATER, NOW, a_task
from voicegw.errors import ConflictError
from voicegw.model.event import EventType
from voicegw.model.task import (
    Priority,
    ResultKind,
    Task,
    TaskResult,
    TaskSource,
    TaskState,
    TaskType,
    cancelled,
)
from voicegw.model.task_type import TaskTypeRule, TimeRule
from voicegw.store.database import Database
from voicegw.store.events import EventRepository
from voicegw.store.task_changes import TaskChanges
from voicegw.store.task_history import TaskHistoryRepository
from voicegw.store.tasks import TaskRepository
from voicegw.tasks.follow_ups import FollowUps
from voicegw.tasks.shipped_types import SHIPPED_TYPES

LEAVES = TaskResult("leaves", "key_1", LATER, reason="price", kind=ResultKind.REFUSED)
BACK = TaskResult("won_back", "key_1", LATER, kind=ResultKind.SUCCESS)


def following(types: dict[str, TaskTypeRule] | None = None) -> FollowUps:
    known = dict(SHIPPED_TYPES) | (types or {})
    return FollowUps(lambda task: known[task.own_type or task.type], known.get)


@pytest.fixture
def changes(database: Database) -> TaskChanges:
    made = TaskChanges(database)
    made.on_closed = following().of
    return made


async def lost(changes: TaskChanges, **more: Any) -> None:
    await changes.create(a_task(type=TaskType.RETENTION, **more))
    await changes.close("tsk_1", LEAVES)


async def plan(database: Database) -> Sequence[Task]:
    """Return the tasks that follow, the soonest first."""
    found = (await TaskRepository(database).list()).items
    follow = [one for one in found if one.source is TaskSource.FOLLOW_UP]
    return sorted(follow, key=lambda one: (one.not_before or NOW, one.id))


async def test_a_lost_customer_is_asked_again_after_30_and_90_days(
    database: Database, changes: TaskChanges
) -> None:
    await lost(changes)
    with pytest.raises(ConflictError):
        await changes.close("tsk_1", BACK)
    await changes.close("tsk_1", LEAVES)  # the same again changes nothing
    first, second = await plan(database)
    for task, days in ((first, 30), (second, 90)):
        assert (task.type, task.state) == (TaskType.WIN_BACK, TaskState.ASSIGNED)
        assert (task.manager_id, task.customer_id, task.parent_id) == ("mgr_1", "cus_1", "tsk_1")
        assert task.not_before == LATER + timedelta(days=days)
        assert task.due_at == task.not_before + timedelta(days=7)
    history = await TaskHistoryRepository(database).list(first.id)
    assert [(one.what, one.by) for one in history.items] == [("created", "key_1")]
    events = [one.event for one in await EventRepository(database).after(None)]
    assert [one.type for one in events].count(EventType.TASK_CREATED) == 3


@pytest.mark.parametrize("result", [BACK, TaskResult("wrong_number", "key_1", LATER)])
async def test_nothing_follows_from_anything_else(
    database: Database, changes: TaskChanges, result: TaskResult
) -> None:
    await changes.create(a_task(type=TaskType.RETENTION))
    await changes.close("tsk_1", result)
    await changes.create(a_task("2"))
    await changes.change("tsk_2", lambda one: cancelled(one, LEAVES), LATER)
    await changes.create(a_task("3"))
    await changes.close("tsk_3", LEAVES)  # a renewal has no type that follows
    assert await plan(database) == []


async def test_who_is_won_back_is_not_asked_once_more(
    database: Database, changes: TaskChanges
) -> None:
    await lost(changes)
    first, second = await plan(database)
    await changes.close(first.id, BACK)
    left = await TaskRepository(database).get(second.id)
    assert left is not None
    assert (left.state, left.result and left.result.by) == (TaskState.CANCELLED, "gateway")
    # Who stays away is asked the second time all the same.
    await changes.create(a_task("2", type=TaskType.RETENTION, customer_id="cus_2"))
    await changes.close("tsk_2", LEAVES)
    again = [one for one in await plan(database) if one.parent_id == "tsk_2"]
    await changes.close(again[0].id, LEAVES)
    assert [one.state for one in await plan(database) if one.parent_id == "tsk_2"] == [
        TaskState.DONE,
        TaskState.ASSIGNED,
    ]


async def test_the_plan_is_data(database: Database, changes: TaskChanges) -> None:
    call_in = TaskTypeRule("visit", priority=Priority.LOW, times=TimeRule(due_s=3600))
    renewal = TaskTypeRule("renewal", follow_up_type="visit", follow_up_days=(5,))
    changes.on_closed = following({"visit": call_in, "renewal": renewal}).of
    await changes.create(a_task())
    await changes.close("tsk_1", LEAVES)
    (task,) = await plan(database)
    assert (task.type, task.own_type, task.priority) == (TaskType.OWN, "visit", Priority.LOW)
    assert task.not_before == LATER + timedelta(days=5)
    assert task.due_at == LATER + timedelta(days=5, hours=1)
    changes.on_closed = following({"own": TaskTypeRule("own", follow_up_type="gone")}).of
    await changes.create(a_task("2", type=TaskType.OWN))
    await changes.close("tsk_2", LEAVES)
    assert len(await plan(database)) == 1


async def test_nothing_is_closed_when_what_follows_can_not_be_written(
    database: Database, changes: TaskChanges
) -> None:
    follow_ups = FollowUps(
        lambda task: SHIPPED_TYPES[task.type], SHIPPED_TYPES.get, make_id=lambda: "tsk_same"
    )
    changes.on_closed = follow_ups.of
    await changes.create(a_task(type=TaskType.RETENTION))
    with pytest.raises(ConflictError):
        await changes.close("tsk_1", LEAVES)
    task = await TaskRepository(database).get("tsk_1")
    assert task is not None
    assert task.is_open
