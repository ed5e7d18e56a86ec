"""Tasks: what somebody has to do for a customer."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from voicegw.model.call import Call, Direction
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


SURELY_TALKED_S: Final = 10.0
"""So long a manager talks with a person, and not with a mailbox."""

BY_GATEWAY: Final = "gateway"
"""In place of a principal: known from a talk."""


class TaskResult(msgspec.Struct, frozen=True):
    """What came of a task. `by` is the principal who has told it, or `BY_GATEWAY`."""

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


GATHERING: Final = frozenset({TaskType.MISSED_CALL, TaskType.CALLBACK})
"""What a customer who is missed again adds to, and what a talk with the customer answers."""


class Reached(msgspec.Struct, frozen=True):
    """Somebody has talked with a customer, `at`: nobody need call back any more."""

    customer_id: str | None
    customer_number: str | None
    at: datetime

    def answers(self, task: Task) -> bool:
        """Whether nothing is left to do of `task`: a call back that was owed by then.

        A message stays: it is to be heard, whoever has talked since.
        """
        if not task.is_open or task.type not in GATHERING or task.created_at > self.at:
            return False
        if task.customer_id is not None:
            # A number may be a whole family's.
            return task.customer_id == self.customer_id
        return self.customer_number is not None and task.customer_number == self.customer_number


def talked(call: Call) -> Reached | None:
    """Return that the customer of `call`, which is over, was reached; None when not for certain.

    Whoever calls is a person. Who is called may be a mailbox, which nobody talks to for long.
    """
    if not call.is_final or call.bridged_at is None:
        return None
    if call.direction is not Direction.INBOUND and (call.talk_s or 0.0) < SURELY_TALKED_S:
        return None
    if call.customer_id is None and call.customer_number is None:
        return None
    return Reached(call.customer_id, call.customer_number, call.bridged_at)


def reached(task: Task, at: datetime) -> Task:
    """Return `task` closed by a talk with its customer."""
    result = TaskResult("reached", BY_GATEWAY, at)
    return msgspec.structs.replace(task, state=TaskState.DONE, result=result, closed_at=at)


def task_id(call_id: str) -> str:
    """Return the id of the task that a call leads to: one, however often it is written."""
    return f"{IdKind.TASK}_{call_id.partition('_')[2]}"


def add_call(task: Task, later: Task) -> Task:
    """Return the open `task` with what `later` adds to it: the same customer in vain once more."""
    calls = [*task.calls, *(call for call in later.calls if call not in task.calls)]
    return msgspec.structs.replace(task, calls=calls)
