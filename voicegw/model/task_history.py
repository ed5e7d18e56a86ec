"""What became of a task: one entry for each change, by whom, and which fields. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from voicegw.identity import mask
from voicegw.model.task import Task, TaskState


class TaskWord(StrEnum):
    """What was done with a task, in one word."""

    CREATED = "created"
    CHANGED = "changed"
    ASSIGNED = "assigned"
    """Another manager has it, or nobody: `manager_id` says who."""
    TAKEN = "taken"
    """Whoever talked with its customer first has it from then on (首问负责)."""
    HANDED_OVER = "handed_over"
    """It has gone along with its customer."""
    DIALLED = "dialled"
    """A call was started for it."""
    CALL_ENDED = "call_ended"
    """A call that was started for it is over; the task may be closed already."""
    CALLED_BACK = "called_back"
    """Its customer has called, after a call for it."""
    MISSED_AGAIN = "missed_again"
    """The customer who is to be called back was missed, or has asked, once more."""
    CONTACTED = "contacted"
    """Somebody has first talked with its customer."""
    CALL_AGAIN = "call_again"
    """Its customer is to be called again: `due_at` says when."""
    CLOSED = "closed"
    CANCELLED = "cancelled"
    OVERDUE = "overdue"
    ESCALATED = "escalated"
    REMINDED = "reminded"
    """Its manager was reminded of an appointment with the customer."""


#: Somebody's own words, or what may be: that they have changed is told, and not what they were.
_OWN_WORDS: Final = frozenset({"subject", "note", "fields"})
#: The calls, each of which has an entry of its own; and what says the same as another field.
_UNTOLD: Final = frozenset({"id", "attempts", "calls", "created_at", "said"})
_TOLD: Final = tuple(
    field.name for field in msgspec.structs.fields(Task) if field.name not in _UNTOLD
)


class FieldChange(msgspec.Struct, frozen=True):
    """A field before and after; both None for what is in somebody's own words."""

    before: Any = None
    after: Any = None


class HistoryEntry(msgspec.Struct, frozen=True):
    """One change of a task. `by` is the principal, or `voicegw.model.task.BY_GATEWAY`.

    `changes` is by field. It has no telephone number but masked, and nothing in anybody's own
    words. `call_id` is the call that the change comes from.
    """

    task_id: str
    at: datetime
    by: str
    what: TaskWord
    changes: Mapping[str, FieldChange] = {}
    call_id: str | None = None
    number: int = 0
    """Rises with each entry of the store."""


def entry_of(
    before: Task | None,
    after: Task,
    *,
    at: datetime,
    by: str,
    what: TaskWord | None = None,
    call_id: str | None = None,
) -> HistoryEntry:
    """Return what the history says of a change; `before` None: `after` is new.

    `what` is by default what the change itself shows.
    """
    changes = {}
    for name in _TOLD:
        old = None if before is None else getattr(before, name)
        new = getattr(after, name)
        if before is None and not new:
            continue
        if old != new:
            changes[name] = _change(name, old, new)
    return HistoryEntry(after.id, at, by, what or _word(before, after), changes, call_id)


def _change(name: str, old: Any, new: Any) -> FieldChange:
    if name in _OWN_WORDS:
        return FieldChange()
    if name == "escalations":  # only ever more
        return FieldChange(None, msgspec.to_builtins(new[-1]))
    if name == "customer_number":
        return FieldChange(mask(old), mask(new))
    if name == "result":
        return FieldChange(None if old is None else old.code, None if new is None else new.code)
    return FieldChange(msgspec.to_builtins(old), msgspec.to_builtins(new))


def _word(before: Task | None, after: Task) -> TaskWord:
    if before is None:
        return TaskWord.CREATED
    is_told = (after.state, after.result) != (before.state, before.result)
    if is_told and after.state in _ENDINGS:
        return _ENDINGS[after.state]
    is_another = after.manager_id != before.manager_id
    signs = {
        TaskWord.TAKEN: is_another and after.contacted_at != before.contacted_at,
        TaskWord.ESCALATED: len(after.escalations) > len(before.escalations),
        TaskWord.ASSIGNED: is_another,
        TaskWord.REMINDED: bool(set(after.reminders) - set(before.reminders)),
        TaskWord.DIALLED: len(after.attempts) != len(before.attempts),
        TaskWord.CALL_ENDED: after.attempts != before.attempts,
        TaskWord.MISSED_AGAIN: after.calls != before.calls,
        TaskWord.CONTACTED: after.contacted_at != before.contacted_at,
        TaskWord.CALL_AGAIN: is_told and after.state is TaskState.CALL_AGAIN,
    }
    return next((word for word, is_so in signs.items() if is_so), TaskWord.CHANGED)


_ENDINGS: Final = {
    TaskState.DONE: TaskWord.CLOSED,
    TaskState.CANCELLED: TaskWord.CANCELLED,
    TaskState.OVERDUE: TaskWord.OVERDUE,
}
