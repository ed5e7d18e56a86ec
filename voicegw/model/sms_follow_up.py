"""After which calls a message may follow, or a result of their task, and when. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from voicegw.model.call import Call, CallOutcome, Direction
from voicegw.model.survey import DispositionSource

#: What a customer is told of: somebody has rung in vain, and the number is one's own.
_MISSED: Final = frozenset(
    {
        CallOutcome.CUSTOMER_NO_ANSWER,
        CallOutcome.CUSTOMER_BUSY,
        CallOutcome.CUSTOMER_DECLINED,
        CallOutcome.CUSTOMER_UNREACHABLE,
    }
)


class SmsFollowUp(msgspec.Struct, frozen=True):
    """What is looked at after calls. `ask_after_s`: so long somebody may tell a result unasked.

    `sends` is false where no messages are sent: then only keys are looked at.
    """

    ask_after_s: float = 20.0
    sends: bool = True

    def looks_at(self, call: Call) -> datetime | None:
        """Return when it is to be seen whether `call`, as it is now, is followed by a message."""
        if call.manager_id is None or call.ended_at is None:
            return None
        if is_told_by_key(call):
            return call.ended_at
        if not self.sends:
            return None
        if is_missed(call):
            return call.ended_at
        if asks_result(call):
            return call.ended_at + timedelta(seconds=self.ask_after_s)
        return None


def is_missed(call: Call) -> bool:
    """Whether `call`, which is over, was made to a customer who was rung and did not answer."""
    if call.direction is Direction.INBOUND or call.outcome not in _MISSED:
        return False
    return call.customer_number is not None


def is_told_by_key(call: Call) -> bool:
    """Whether keys have told what came of a talk that was for a task, which is to know it."""
    told = call.disposition
    return (
        call.is_final
        and call.task_id is not None
        and told is not None
        and told.source is DispositionSource.KEYPAD
    )


def asks_result(call: Call) -> bool:
    """Whether there was a talk of which nobody has told what came of it."""
    return call.is_final and call.bridged_at is not None and call.disposition is None
