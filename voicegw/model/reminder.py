"""Of which appointments with a customer a manager is reminded, and of which he or she was. Pure.

An appointment is the time at which the customer has asked to be called (`due_at` of an open task
whose result asks for another call), and the time by which an answer was promised (`promised_at`).
Each is reminded of once; a time that is moved is another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from voicegw.model.task import Task

_KEPT: Final = 20
"""So many of the last reminders stay with the task."""


class Reminded(msgspec.Struct, frozen=True):
    """Who is reminded: a manager's telephone (E.164), and the zone whose clock is looked at."""

    phone: str
    timezone: str


def appointments(task: Task) -> Sequence[datetime]:
    """Return the appointments of a task that were not reminded of yet, the soonest first."""
    if not task.is_open or task.manager_id is None:
        return []
    times = {task.promised_at, None if task.result is None else task.due_at}
    return sorted(one for one in times if one is not None and one not in task.reminders)


def remind_at(task: Task) -> datetime | None:
    """Return the next appointment to remind of; None: there is none."""
    return next(iter(appointments(task)), None)


def reminded(task: Task, at: datetime, before: timedelta) -> Task:
    """Return `task` with all appointments noted as reminded of that come within `before` of `at`.

    `task` itself where there is none.
    """
    near = [one for one in appointments(task) if one <= at + before]
    if not near:
        return task
    return msgspec.structs.replace(task, reminders=[*task.reminders, *near][-_KEPT:])
