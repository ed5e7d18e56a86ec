"""Tasks: what somebody has to do for a customer."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from voicegw.model.ids import IdKind


class TaskType(StrEnum):
    """Why there is something to do."""

    VOICEMAIL = "voicemail"
    """A message was left."""
    CALLBACK = "callback"
    """A caller who waited has asked to be called back."""
    MISSED_CALL = "missed_call"
    """A caller has reached nobody."""


class TaskState(StrEnum):
    """How far a task is; the last two are final."""

    NEW = "new"
    DONE = "done"
    CANCELLED = "cancelled"


class TaskResult(msgspec.Struct, frozen=True):
    """What came of a task. `by` is the principal who has told it."""

    code: str
    by: str
    at: datetime
    note: str = ""


class Task(msgspec.Struct):
    """One task. `customer_number` is E.164; None where the caller withheld it.

    `calls` are the ids of the calls it comes from, the newest last: whoever misses a customer three
    times has one task.
    """

    id: str
    type: TaskType
    created_at: datetime
    state: TaskState = TaskState.NEW
    group_id: str | None = None
    manager_id: str | None = None
    customer_id: str | None = None
    customer_number: str | None = None
    hotline_id: str | None = None
    calls: list[str] = msgspec.field(default_factory=list)
    recording_id: str | None = None
    due_at: datetime | None = None
    closed_at: datetime | None = None
    result: TaskResult | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do."""
        return self.state is TaskState.NEW


def task_id(call_id: str) -> str:
    """Return the id of the task that a call leads to: one, however often it is written."""
    return f"{IdKind.TASK}_{call_id.partition('_')[2]}"


def add_call(task: Task, later: Task) -> Task:
    """Return the open `task` with what `later` adds to it: the same customer in vain once more."""
    calls = [*task.calls, *(call for call in later.calls if call not in task.calls)]
    return msgspec.structs.replace(task, calls=calls)
