"""Of which appointments a manager is reminded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from voicegw.model.reminder import remind_at, reminded
from voicegw.model.task import Task, TaskResult, TaskState, TaskType, called_again

NOW = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SOON = timedelta(minutes=10)
AGAIN = TaskResult("call_again", "key_1", NOW - HOUR)


def a_task(**more: Any) -> Task:
    fields: dict[str, Any] = {
        "id": "tsk_1",
        "type": TaskType.REVISIT,
        "created_at": NOW - 3 * HOUR,
        "manager_id": "mgr_1",
        "due_at": NOW + HOUR,
    }
    return Task(**(fields | more))


def test_what_the_customer_asked_for_and_was_promised_is_an_appointment() -> None:
    assert remind_at(a_task()) is None, "a time that nobody has agreed upon"
    assert remind_at(a_task(result=AGAIN)) == NOW + HOUR
    assert remind_at(a_task(promised_at=NOW + 2 * HOUR)) == NOW + 2 * HOUR
    assert remind_at(a_task(result=AGAIN, promised_at=NOW + 2 * HOUR)) == NOW + HOUR


def test_nobody_is_reminded_of_what_is_done_or_nobody_s() -> None:
    assert remind_at(a_task(result=AGAIN, manager_id=None)) is None
    assert remind_at(a_task(result=AGAIN, state=TaskState.DONE)) is None


def test_each_appointment_is_reminded_of_once_when_it_is_near() -> None:
    task = a_task(result=AGAIN, promised_at=NOW + 2 * HOUR)
    assert reminded(task, NOW, SOON) == task
    once = reminded(task, NOW + HOUR - SOON, SOON)
    assert once.reminders == [NOW + HOUR]
    assert reminded(once, NOW + HOUR, SOON) == once
    assert remind_at(once) == NOW + 2 * HOUR
    both = reminded(once, NOW + 2 * HOUR, SOON)
    assert (both.reminders, remind_at(both)) == ([NOW + HOUR, NOW + 2 * HOUR], None)


def test_an_appointment_that_is_moved_is_another_one() -> None:
    once = reminded(a_task(result=AGAIN), NOW + HOUR, SOON)
    moved = called_again(once, TaskResult("call_again", "key_1", NOW + HOUR), NOW + 5 * HOUR)
    assert remind_at(moved) == NOW + 5 * HOUR
