"""Tasks that are made and changed from outside, called for, and overdue."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.contract.records import a_call
from voicegw.errors import ConflictError, NotFoundError
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call, CallOutcome, CallStatus
from voicegw.model.event import EventType
from voicegw.model.task import (
    BY_GATEWAY,
    MAX_ATTEMPTS,
    Attempt,
    Task,
    TaskResult,
    TaskState,
    TaskType,
    attempted,
    called_again,
    cancelled,
    changed,
    closed,
    new_task,
    reached,
    replaced,
)
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.events import EventRepository
from voicegw.store.task_changes import TaskChanges
from voicegw.store.task_history import TaskHistoryRepository
from voicegw.store.tasks import TaskFilter, TaskRepository

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
BY_KEY = TaskResult("reached", "key_1", LATER)
AGAIN = TaskResult("again", "key_1", NOW, "on Tuesday, please")


def a_task(key: str = "1", **more: Any) -> Task:
    fields: dict[str, Any] = {
        "id": f"tsk_{key}",
        "type": TaskType.RENEWAL,
        "created_at": NOW,
        "group_id": "grp_1",
        "manager_id": "mgr_1",
        "customer_id": "cus_1",
        "external_id": f"T-{key}",
    }
    return new_task(Task(**(fields | more)))


async def told(database: Database) -> Sequence[tuple[str, str]]:
    """Return type and state of the task in each event, in their order."""
    events = [one.event for one in await EventRepository(database).after(None)]
    return [(one.type, one.data["state"]) for one in events if one.type.startswith("task.")]


async def test_a_task_is_made_and_told_with_whom_it_was_given_to(database: Database) -> None:
    tasks, changes = TaskRepository(database), TaskChanges(database)
    await changes.create(a_task("1"))
    await changes.create(a_task("2", manager_id=None))
    assert await tasks.get("tsk_1") == await tasks.get_by_external_id("T-1") == a_task("1")
    assert await told(database) == [
        (EventType.TASK_CREATED, "assigned"),
        (EventType.TASK_ASSIGNED, "assigned"),
        (EventType.TASK_CREATED, "new"),
    ]
    with pytest.raises(ConflictError) as taken:
        await changes.create(a_task("3", external_id="T-1"))
    assert taken.value.slug == "already-exists"
    for wanted, count in (
        (TaskFilter(external_id="T-2"), 1),
        (TaskFilter(state=TaskState.ASSIGNED), 1),
        (TaskFilter(is_open=True), 2),
        (TaskFilter(is_open=False), 0),
        (TaskFilter(due_before=LATER), 0),
        (TaskFilter(customer_number="+8613900139000"), 0),
    ):
        assert len((await tasks.list(wanted)).items) == count


async def test_changes_at_the_same_time_come_one_after_the_other(database: Database) -> None:
    changes = TaskChanges(database)
    await changes.create(a_task())

    def longer(task: Task) -> Task:
        return changed(task, note=task.note + "x")

    await asyncio.gather(*(changes.change("tsk_1", longer, NOW) for _ in range(8)))
    found = await TaskRepository(database).get("tsk_1")
    assert found is not None
    assert found.note == "x" * 8
    with pytest.raises(NotFoundError):
        await changes.change("tsk_none", longer, NOW)


async def test_assigned_cancelled_and_closed_are_told_once(database: Database) -> None:
    changes = TaskChanges(database)
    await changes.create(a_task(manager_id=None))
    for _ in range(2):
        await changes.change("tsk_1", lambda one: changed(one, manager_id="mgr_2"), NOW)
    for _ in range(2):
        await changes.change("tsk_1", lambda one: cancelled(one, BY_KEY), LATER)
    with pytest.raises(ConflictError, match="closed"):
        await changes.close("tsk_1", BY_KEY)
    assert await told(database) == [
        (EventType.TASK_CREATED, "new"),
        (EventType.TASK_ASSIGNED, "assigned"),
        (EventType.TASK_CANCELLED, "cancelled"),
    ]


async def test_closed_tasks_are_listed_by_their_closing(database: Database) -> None:
    changes, tasks = TaskChanges(database), TaskRepository(database)
    for number in range(1, 6):
        await changes.create(a_task(f"{number}", created_at=NOW + timedelta(minutes=number)))
    # The one that was made first is closed last.
    for number, minute in ((5, 0), (3, 10), (1, 20)):
        await changes.close(
            f"tsk_{number}", TaskResult("reached", "key_1", LATER + timedelta(minutes=minute))
        )
    closed_since = TaskFilter(closed_from=LATER)
    page = await tasks.list(closed_since, limit=2)
    rest = await tasks.list(closed_since, limit=2, cursor=page.next_cursor)
    assert [one.id for one in [*page.items, *rest.items]] == ["tsk_1", "tsk_3", "tsk_5"]
    assert rest.next_cursor is None
    later = TaskFilter(closed_from=LATER + timedelta(minutes=5))
    assert len((await tasks.list(later)).items) == 2


async def test_what_a_call_comes_to_is_an_attempt_of_its_task(database: Database) -> None:
    await TaskChanges(database).create(a_task())
    writer = BatchWriter(database, "node-1")
    running = a_call("1", task_id="tsk_1", status=CallStatus.INITIATED)
    unreached = a_call(
        "1", ended=True, task_id="tsk_1", outcome=CallOutcome.CUSTOMER_BUSY, status=CallStatus.BUSY
    )
    states = []
    for position, call in enumerate((running, running, unreached, unreached), start=1):
        await writer.apply_entries([CallChanged(call)], position)
        task = await TaskRepository(database).get("tsk_1")
        assert task is not None
        states.append((task.state, [one.outcome for one in task.attempts]))
    assert states == [
        *[(TaskState.DIALLED, [None])] * 2,
        *[(TaskState.CALL_AGAIN, [CallOutcome.CUSTOMER_BUSY])] * 2,
    ]
    # A call for a task that there is not is a call all the same.
    await writer.apply_entries([CallChanged(a_call("2", task_id="tsk_none"))], 5)


async def test_a_task_whose_time_has_passed_is_told_once(database: Database) -> None:
    changes = TaskChanges(database)
    await changes.create(a_task("1", due_at=LATER))
    await changes.create(a_task("2", due_at=LATER + timedelta(days=1)))
    await changes.create(a_task("3"))
    assert await changes.tell_overdue(NOW) == 0
    assert await asyncio.gather(*(changes.tell_overdue(LATER) for _ in range(3))) in (
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
    )
    assert [one for one in await told(database) if one[0] == EventType.TASK_OVERDUE] == [
        (EventType.TASK_OVERDUE, "overdue")
    ]
    # Another time, and it may be late again.
    again = await changes.change(
        "tsk_1", lambda one: changed(one, due_at=LATER + timedelta(hours=1)), LATER
    )
    assert (again.state, again.overdue_at) == (TaskState.ASSIGNED, None)
    assert await changes.tell_overdue(LATER + timedelta(hours=2)) == 1


async def test_many_late_tasks_are_told_in_several_transactions(database: Database) -> None:
    changes = TaskChanges(database)
    for number in range(120):
        await changes.create(a_task(str(number), due_at=NOW))
    assert await changes.tell_overdue(LATER) == 120


def of_call(**more: Any) -> Call:
    return a_call("1", ended=True, task_id="tsk_1", **more)


def test_after_a_talk_a_task_waits_for_its_result() -> None:
    task = attempted(a_task(), of_call(bridged_at=NOW))
    assert task.state is TaskState.DIALLED
    assert attempted(task, of_call(bridged_at=NOW)) is task
    # Told late, from a journal that is read again: what is known of the end stays.
    assert attempted(task, a_call("1", task_id="tsk_1")) is task


def test_a_closed_task_stays_closed_though_a_call_ends() -> None:
    task = cancelled(a_task(), BY_KEY)
    after = attempted(task, of_call(outcome=CallOutcome.FAILED))
    assert (after.state, len(after.attempts)) == (TaskState.CANCELLED, 1)


def test_what_was_told_while_they_talk_outlives_the_end_of_the_call() -> None:
    talking = attempted(a_task(), a_call("1", task_id="tsk_1"))
    told_then = called_again(talking, AGAIN, LATER)
    after = attempted(told_then, of_call(bridged_at=NOW))
    assert (after.state, after.due_at, after.result) == (TaskState.CALL_AGAIN, LATER, AGAIN)
    assert after.attempts[0].outcome is CallOutcome.CONNECTED
    given = attempted(changed(talking, manager_id="mgr_2"), of_call())
    assert given.state is TaskState.ASSIGNED


def test_the_late_end_of_a_call_does_not_hide_that_another_one_runs() -> None:
    task = attempted(a_task(), a_call("1", task_id="tsk_1", age_s=9))
    task = attempted(task, a_call("2", task_id="tsk_1"))
    task = attempted(task, of_call(created_at=task.attempts[0].at, outcome=CallOutcome.FAILED))
    assert task.state is TaskState.DIALLED
    # Of a call that never ended, because its node is gone, newer ones know nothing.
    ghost = attempted(a_task(), a_call("0", task_id="tsk_1", age_s=9))
    task = attempted(ghost, of_call(outcome=CallOutcome.FAILED))
    assert task.state is TaskState.CALL_AGAIN


def test_attempts_are_bounded() -> None:
    attempts = [Attempt(f"call_{number}", NOW) for number in range(MAX_ATTEMPTS)]
    task = attempted(a_task(attempts=attempts), of_call(id="call_new"))
    assert len(task.attempts) == MAX_ATTEMPTS
    assert task.attempts[-1].call_id == "call_new"


def test_what_somebody_tells_takes_the_place_of_what_the_gateway_knew() -> None:
    task = reached(a_task(), NOW)
    assert task.result is not None
    assert task.result.by == BY_GATEWAY
    again = closed(task, TaskResult("wants-two", "key_1", LATER))
    assert (again.result.code if again.result else None, again.closed_at) == ("wants-two", NOW)
    with pytest.raises(ConflictError):
        closed(again, TaskResult("refused", "key_1", LATER))


def test_another_system_replaces_what_it_says_and_nothing_else() -> None:
    task = attempted(a_task(), of_call(bridged_at=NOW))
    wanted = a_task(key="new", external_id="T-1", subject="two years more")
    after = replaced(task, wanted)
    assert (after.id, after.subject, after.state) == ("tsk_1", "two years more", TaskState.DIALLED)
    assert replaced(after, wanted) is after
    done = cancelled(after, BY_KEY)
    assert replaced(done, wanted) is done
    with pytest.raises(ConflictError):
        replaced(done, msgspec.structs.replace(wanted, subject="three"))


def test_what_another_system_says_again_undoes_nothing_of_a_tasks_life() -> None:
    wanted = a_task(external_id="T-1", manager_id="mgr_1", group_id="grp_1", due_at=NOW)
    task = replaced(a_task(), wanted)
    given = changed(task, manager_id="mgr_2", group_id="grp_2")
    again = called_again(given, AGAIN, LATER)
    assert replaced(again, wanted) is again, "whose it is, and when, was not said anew"
    done = closed(again, BY_KEY)
    assert replaced(done, wanted) is done
    about = replaced(again, msgspec.structs.replace(wanted, subject="two years"))
    assert (about.subject, about.manager_id, about.due_at) == ("two years", "mgr_2", LATER)
    # What it says anew holds, and the group goes along with the manager.
    other = replaced(again, msgspec.structs.replace(wanted, manager_id="mgr_3"))
    assert (other.manager_id, other.group_id, other.due_at) == ("mgr_3", "grp_1", LATER)
    moved = replaced(again, msgspec.structs.replace(wanted, due_at=LATER + timedelta(days=1)))
    assert (moved.manager_id, moved.due_at) == ("mgr_2", LATER + timedelta(days=1))
    # And what it comes to say by itself is known from then on.
    follows = replaced(again, msgspec.structs.replace(wanted, manager_id="mgr_2", group_id="grp_2"))
    assert replaced(follows, wanted).manager_id == "mgr_1"


def test_a_task_called_again_is_due_at_that_time() -> None:
    task = called_again(a_task(due_at=NOW, overdue_at=NOW), AGAIN, LATER)
    assert (task.state, task.due_at, task.watch_at) == (TaskState.CALL_AGAIN, LATER, LATER)
    assert task.result == AGAIN
    late = msgspec.structs.replace(task, overdue_at=LATER)
    told_twice = msgspec.structs.replace(AGAIN, at=LATER + timedelta(minutes=1))
    assert called_again(late, told_twice, LATER) is late
    with pytest.raises(ConflictError):
        called_again(cancelled(task, BY_KEY), AGAIN, LATER)
    assert closed(task, BY_KEY).result == BY_KEY
    nobody = changed(task, manager_id=None)
    assert nobody.state is TaskState.NEW


async def test_history_has_every_change_by_whom_and_from_which_call(database: Database) -> None:
    changes, history = TaskChanges(database), TaskHistoryRepository(database)
    await changes.create(a_task(due_at=NOW), by="key_1")
    await changes.tell_overdue(LATER)
    running = a_call("1", task_id="tsk_1", status=CallStatus.INITIATED)
    busy = CallOutcome.CUSTOMER_BUSY
    unreached = a_call("1", ended=True, task_id="tsk_1", outcome=busy, status=CallStatus.BUSY)
    writer = BatchWriter(database, "node-1")
    for position, call in enumerate((running, running, unreached, unreached), start=1):
        await writer.apply_entries([CallChanged(call)], position)
    await changes.change("tsk_1", lambda one: changed(one, manager_id="mgr_2"), LATER, by="usr_1")
    await changes.change("tsk_1", lambda one: changed(one, manager_id="mgr_2"), LATER, by="usr_1")
    await changes.close("tsk_1", BY_KEY)
    with pytest.raises(ConflictError):
        await changes.close("tsk_1", AGAIN)
    page = await history.list("tsk_1")
    assert [(one.what, one.by, one.call_id) for one in page.items] == [
        ("created", "key_1", None),
        ("overdue", "gateway", None),
        ("dialled", "gateway", "call_1"),
        ("call_ended", "gateway", "call_1"),
        ("assigned", "usr_1", None),
        ("closed", "key_1", None),
    ]
    assert page.items[4].changes["assigned_at"].after == "2026-03-04T06:06:07Z"
    first = await history.list("tsk_1", limit=3)
    rest = await history.list("tsk_1", limit=3, cursor=first.next_cursor)
    assert [*first.items, *rest.items] == page.items
    assert (await history.list("tsk_none")).items == []
