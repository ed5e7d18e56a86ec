"""Times of a task that pass: each told of once, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from voicegw.errors import ConflictError, InvalidError
from voicegw.model.deadline import Deadline, EscalationWhy
from voicegw.model.escalation import (
    escalate_at,
    escalated,
    late_by,
    owed,
    pressing_at,
    promised,
)
from voicegw.model.task import Attempt, Task, TaskState, TaskType

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
CONTACT, CLOSE, ANSWER = NOW + 4 * HOUR, NOW + 48 * HOUR, NOW + 6 * HOUR


def a_task(**more: Any) -> Task:
    fields: dict[str, Any] = {
        "id": "tsk_1",
        "type": TaskType.RETENTION,
        "created_at": NOW,
        "manager_id": "mgr_1",
        "escalates": True,
        "contact_by": CONTACT,
        "close_by": CLOSE,
    }
    return Task(**(fields | more))


def test_each_time_is_told_of_once_in_its_order() -> None:
    task = a_task(promised_at=ANSWER)
    assert escalate_at(task) == CONTACT
    assert escalated(task, CONTACT - timedelta(seconds=1)) == []
    (task,) = escalated(task, CONTACT)
    assert (escalate_at(task), task.escalated_at) == (ANSWER, CONTACT)
    assert escalated(task, CONTACT) == []
    # A node that was away finds both at once.
    steps = escalated(task, CLOSE)
    assert [[one.of for one in step.escalations] for step in steps] == [
        [Deadline.CONTACT, Deadline.ANSWER],
        [Deadline.CONTACT, Deadline.ANSWER, Deadline.CLOSE],
    ]
    assert escalate_at(steps[-1]) is None


def test_what_is_done_or_does_not_escalate_is_not_watched() -> None:
    assert owed(a_task(contacted_at=NOW)) == [(CLOSE, Deadline.CLOSE)]
    assert owed(a_task(state=TaskState.DONE, promised_at=ANSWER)) == []
    quiet = a_task(escalates=False, promised_at=ANSWER)
    assert owed(quiet) == [(ANSWER, Deadline.ANSWER)]
    assert owed(a_task(contact_by=None, close_by=None)) == []


def test_a_promise_that_is_moved_is_another_one() -> None:
    task = a_task(escalates=False)
    task = promised(task, ANSWER, NOW)
    (task,) = escalated(task, ANSWER)
    assert promised(task, ANSWER, ANSWER + HOUR) is task
    later = promised(task, CLOSE, ANSWER)
    assert [one.escalations[-1].by for one in escalated(later, CLOSE)] == [CLOSE]
    assert escalate_at(promised(later, None, ANSWER)) is None


def test_who_promises_is_somebody_and_means_the_future() -> None:
    with pytest.raises(InvalidError, match="promised_at"):
        promised(a_task(), NOW, NOW)
    with pytest.raises(ConflictError) as nobody:
        promised(a_task(manager_id=None), ANSWER, NOW)
    assert nobody.value.slug == "nobody-responsible"
    with pytest.raises(ConflictError) as over:
        promised(a_task(state=TaskState.CANCELLED), ANSWER, NOW)
    assert over.value.slug == "task-closed"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, EscalationWhy.NOT_CALLED),
        ({"manager_id": None}, EscalationWhy.NO_MANAGER),
        ({"attempts": [Attempt("call_1", NOW)]}, EscalationWhy.NOT_REACHED),
        ({"not_before": CONTACT, "manager_id": None}, EscalationWhy.QUIET_HOURS),
        ({"not_before": CONTACT - HOUR}, EscalationWhy.NOT_CALLED),
    ],
)
def test_superiors_hear_why_nobody_has_talked(more: dict[str, Any], why: EscalationWhy) -> None:
    (task,) = escalated(a_task(**more), CONTACT)
    assert task.escalations[-1].why is why


def test_after_a_talk_only_the_result_is_missing() -> None:
    (task,) = escalated(a_task(contacted_at=NOW, attempts=[Attempt("call_1", NOW)]), CLOSE)
    assert task.escalations[-1].why is EscalationWhy.NOT_CLOSED
    (task,) = escalated(a_task(escalates=False, promised_at=ANSWER), ANSWER)
    assert task.escalations[-1].why is EscalationWhy.NOT_ANSWERED


def test_by_how_much_a_task_is_late() -> None:
    assert late_by(a_task(), CLOSE + HOUR) == HOUR
    assert late_by(a_task(), CLOSE) == late_by(a_task(close_by=None), CLOSE) == timedelta()


def test_what_presses_is_what_is_owed_first_though_superiors_were_told() -> None:
    assert pressing_at(a_task()) is None, "nobody has asked for it"
    task = a_task(requested_at=NOW, due_at=CLOSE)
    assert pressing_at(task) == CONTACT
    (told,) = escalated(task, CONTACT)
    assert pressing_at(told) == CONTACT
    talked = a_task(requested_at=NOW, contacted_at=NOW + HOUR, promised_at=ANSWER)
    assert pressing_at(talked) == ANSWER
    assert pressing_at(a_task(requested_at=NOW, contact_by=None, close_by=None)) == NOW
    assert pressing_at(a_task(requested_at=NOW, state=TaskState.DONE)) is None
