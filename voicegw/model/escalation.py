"""When a task's times pass, and what is told of it. Pure.

Contact and closing are watched for tasks that escalate, by their type or their trigger; a promise
is watched for every task. Each time is told of once, however often it is looked at: what was told
stays with the task, and a time that is moved is another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from voicegw.errors import ConflictError, InvalidError
from voicegw.model.deadline import Deadline, Escalation, EscalationWhy
from voicegw.model.task import Task, require_open


def owed(task: Task) -> Sequence[tuple[datetime, Deadline]]:
    """Return what is owed of `task` and was not told of yet, the soonest first."""
    if not task.is_open:
        return []
    times = {Deadline.ANSWER: task.promised_at}
    if task.escalates:
        times[Deadline.CLOSE] = task.close_by
        if task.contacted_at is None:
            times[Deadline.CONTACT] = task.contact_by
    told = {(one.of, one.by) for one in task.escalations}
    return sorted((by, of) for of, by in times.items() if by is not None and (of, by) not in told)


def escalate_at(task: Task) -> datetime | None:
    """Return when somebody is to be told next that something is not done; None: never."""
    return next((by for by, _ in owed(task)), None)


def pressing_at(task: Task) -> datetime | None:
    """Return the soonest time by which something of a matter that was noticed is owed.

    Whether superiors were told of it or not: what is late stays the most pressing. None for what is
    closed, and for tasks that no trigger and no request of a customer is behind.
    """
    if not task.is_open or task.requested_at is None:
        return None
    times = [task.close_by, task.promised_at, task.due_at]
    if task.contacted_at is None:
        times.append(task.contact_by)
    return min((by for by in times if by is not None), default=task.created_at)


def escalated(task: Task, at: datetime) -> Sequence[Task]:
    """Return `task` after each time of it that has passed by `at`, the oldest first.

    Each adds one to `escalations`; nothing when no time has passed.
    """
    steps = []
    for by, of in owed(task):
        if by > at:
            break
        told = Escalation(of, by, at, _why(task, of, by))
        task = msgspec.structs.replace(task, escalations=[*task.escalations, told], escalated_at=at)
        steps.append(task)
    return steps


def promised(task: Task, answer_at: datetime | None, now: datetime) -> Task:
    """Return `task` with the time that its customer was promised an answer by; None: no more.

    Who has the task answers for it. Raises ConflictError `task-closed`, `nobody-responsible` where
    nobody has it, and InvalidError `promised_at` for a time that has passed.
    """
    if answer_at == task.promised_at:
        return task
    require_open(task)
    if task.manager_id is None:
        raise ConflictError("nobody-responsible", "Give the task to a manager first.")
    if answer_at is not None and answer_at <= now:
        raise InvalidError("promised_at", "must be a time to come", kind="in-past")
    return msgspec.structs.replace(task, promised_at=answer_at)


def late_by(task: Task, at: datetime) -> timedelta:
    """Return by how much `task` is past the time for closing it; zero where it is not."""
    if task.close_by is None or at <= task.close_by:
        return timedelta()
    return at - task.close_by


def _why(task: Task, of: Deadline, by: datetime) -> EscalationWhy:
    if of is Deadline.ANSWER:
        return EscalationWhy.NOT_ANSWERED
    if task.contacted_at is not None:
        return EscalationWhy.NOT_CLOSED
    if task.not_before is not None and task.not_before >= by:
        return EscalationWhy.QUIET_HOURS
    if task.attempts:
        return EscalationWhy.NOT_REACHED
    return EscalationWhy.NOT_CALLED if task.manager_id else EscalationWhy.NO_MANAGER
