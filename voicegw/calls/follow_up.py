"""What a call that came in leaves to be done: a message to hear, a call to make. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from voicegw.model.call import Call, CallOutcome, Direction
from voicegw.model.recording import RecordingKind
from voicegw.model.task import Task, TaskType, task_id

_MISSED: Final = frozenset(
    {
        CallOutcome.MISSED,
        CallOutcome.ABANDONED,
        CallOutcome.MANAGER_BUSY,
        CallOutcome.MANAGER_DECLINED,
        CallOutcome.MANAGER_UNREACHABLE,
        CallOutcome.FAILED,
        CallOutcome.INTERRUPTED,
    }
)
#: Who gives up sooner has dialled by mistake.
_MEANT_IT: Final = timedelta(seconds=3)


def follow_up(call: Call, owner_id: str | None) -> Task | None:
    """Return what is to be done after `call`, which is over; None when there is nothing.

    It is for the owner of the customer, else for the group. Whoever has talked with somebody has
    been served, and whom nobody can call back is no task.
    """
    message = next((one.id for one in call.recordings if one.kind is RecordingKind.VOICEMAIL), None)
    kind = _kind_of(call, has_message=message is not None)
    if kind is None:
        return None
    return Task(
        id=task_id(call.id),
        type=kind,
        created_at=call.ended_at or call.created_at,
        group_id=call.group_id,
        manager_id=owner_id,
        customer_id=call.customer_id,
        customer_number=call.customer_number,
        hotline_id=call.hotline_id,
        calls=[call.id],
        recording_id=message,
    )


def _kind_of(call: Call, *, has_message: bool) -> TaskType | None:
    if call.direction is not Direction.INBOUND or call.bridged_at is not None:
        return None
    if has_message:
        return TaskType.VOICEMAIL
    can_be_called = call.customer_number is not None or call.customer_id is not None
    if call.outcome is CallOutcome.CALLBACK_REQUESTED and can_be_called:
        return TaskType.CALLBACK
    if call.outcome in _MISSED and can_be_called and not _was_by_mistake(call):
        return TaskType.MISSED_CALL
    return None


def _was_by_mistake(call: Call) -> bool:
    lasted = (call.ended_at or call.created_at) - call.created_at
    return call.outcome is CallOutcome.ABANDONED and lasted < _MEANT_IT
