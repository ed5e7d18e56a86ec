"""What a task counts as: the definitions of docs/reports.md, one by one. Pure.

A task is counted on the day it was made, and for who has it, or had it when it ended. So every task
is counted once, and what became of those given in a span adds up to how many they were.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from voicegw.model.rollup import Sums
from voicegw.model.task import BY_GATEWAY, ResultSource, TaskState, TaskType
from voicegw.reports.length_classes import class_of

_MILLISECOND: Final = timedelta(milliseconds=1)


class ResultFacts(msgspec.Struct, frozen=True):
    """As much of a task's result as is counted."""

    code: str
    by: str
    source: ResultSource = ResultSource.API


class AttemptFacts(msgspec.Struct, frozen=True):
    """A call that was started for the task."""

    call_id: str


class TaskFacts(msgspec.Struct, frozen=True):
    """As much of a task as is counted: read from the document of a Task."""

    id: str
    type: TaskType
    created_at: datetime
    state: TaskState = TaskState.NEW
    manager_id: str | None = None
    hotline_id: str | None = None
    own_type: str | None = None
    due_at: datetime | None = None
    closed_at: datetime | None = None
    overdue_at: datetime | None = None
    requested_at: datetime | None = None
    contacted_at: datetime | None = None
    result: ResultFacts | None = None
    attempts: tuple[AttemptFacts, ...] = ()

    @property
    def type_name(self) -> str:
        """What the type is called: a user's own by its own name."""
        return self.own_type if self.own_type is not None else str(self.type)


def sum_tasks(tasks: Iterable[TaskFacts]) -> list[Sums]:
    """Return what `tasks` add up to by manager, hotline and type."""
    found: dict[tuple[str, str, str], Sums] = {}
    for task in tasks:
        key = (task.manager_id or "", task.hotline_id or "", task.type_name)
        _count(found.setdefault(key, Sums(*key)), task)
    return [found[key] for key in sorted(found)]


def _count(sums: Sums, task: TaskFacts) -> None:
    sums.add("given")
    if task.state is TaskState.DONE:
        sums.add("done")
        sums.add("done_late", int(_is_late(task)))
    elif task.state is TaskState.CANCELLED:
        sums.add("cancelled")
    else:
        sums.add("still_open")
        sums.add("overdue", int(task.overdue_at is not None))
    sums.add("tried", int(bool(task.attempts)))
    sums.add("attempts", len(task.attempts))
    if task.contacted_at is not None:
        begun_at = task.requested_at or task.created_at
        length_ms = max((task.contacted_at - begun_at) // _MILLISECOND, 0)
        sums.add("contacted")
        sums.add("contact_ms", length_ms)
        sums.add(class_of("contact", length_ms))
    if task.state is TaskState.DONE and task.result is not None:
        source = ResultSource.GATEWAY if task.result.by == BY_GATEWAY else task.result.source
        sums.add("results")
        sums.add(f"result_{source}")
        sums.results[task.result.code] = sums.results.get(task.result.code, 0) + 1


def _is_late(task: TaskFacts) -> bool:
    return task.due_at is not None and task.closed_at is not None and task.closed_at > task.due_at
