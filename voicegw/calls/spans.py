"""The spans of a call: made from its record when it is over, so that they cost it nothing.

Steps of a plan and notices have spans of their own where they are taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from voicegw import tracing
from voicegw.log_context import bind
from voicegw.model.call import Call, CallOutcome

_FAULTS: Final = frozenset({CallOutcome.FAILED, CallOutcome.INTERRUPTED})


@contextmanager
def traced_call(record: Call, *, from_outside: bool) -> Iterator[Callable[[], None]]:
    """Be in the span of the call of `record`; what is yielded tells that the call has ended.

    What is done for it after that, it being written to the store, is part of it all the same.
    A call that comes `from_outside` begins a trace, whatever the connection that it came over was
    made for; another belongs to the request that asked for it.
    """
    attributes: tracing.Attributes = {
        "voicegw.call.id": record.id,
        "voicegw.call.direction": str(record.direction),
    }
    begin = tracing.entry if from_outside else tracing.child
    with bind(call_id=record.id), begin("call", attributes=attributes) as span:

        def ended() -> None:
            _tell_parts(record)
            span.note(
                {
                    "voicegw.call.outcome": None if record.outcome is None else str(record.outcome),
                    "voicegw.call.recordings": len(record.recordings),
                }
            )
            if record.outcome in _FAULTS:
                span.failed(str(record.outcome))
            span.end()

        yield ended


def _tell_parts(record: Call) -> None:
    ended_at = record.ended_at
    if ended_at is None or tracing.current() is None:
        return
    for leg in record.legs:
        if leg.started_at is None:
            continue
        tracing.past(
            "leg",
            leg.started_at,
            leg.ended_at or ended_at,
            attributes={
                "voicegw.leg.id": leg.id,
                "voicegw.leg.role": str(leg.role),
                "voicegw.leg.trunk": leg.trunk,
                "voicegw.leg.result": None if leg.result is None else str(leg.result),
                "voicegw.leg.sip_code": leg.sip_code,
            },
            happened={"ringing": leg.ringing_at, "answered": leg.answered_at},
        )
    if record.bridged_at is not None:
        tracing.past("bridge", record.bridged_at, ended_at)
