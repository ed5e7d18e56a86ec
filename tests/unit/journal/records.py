"""Entries to journal."""

from __future__ import annotations

from datetime import UTC, datetime

from voicegw.journal.entries import CallChanged, LegOpened, LegsChanged
from voicegw.model.call import (
    Call,
    CallOutcome,
    CallStatus,
    Direction,
    Leg,
    LegRole,
)
from voicegw.model.event import Event, EventType
from voicegw.sip.snapshot import SessionSnapshot, SnapshotRole

NOW = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)


def changed(call_id: str, sequence: int = 1, *, ended: bool = False) -> CallChanged:
    """Return a change of a call with one event."""
    call = Call(
        id=call_id,
        direction=Direction.INBOUND,
        status=CallStatus.COMPLETED if ended else CallStatus.RINGING,
        node="node-1",
        created_at=NOW,
        outcome=CallOutcome.CONNECTED if ended else None,
        sequence=sequence,
    )
    kind = EventType.CALL_ENDED if ended else EventType.CALL_RINGING
    event = Event(f"evt_{call_id}_{sequence}", kind, call_id, NOW, sequence, {"n": sequence})
    return CallChanged(call, [event])


def legs_changed(call_id: str, sequence: int = 1, *leg_ids: str) -> LegsChanged:
    """Return a change of some legs of a call, by default of one that the number names."""
    names = leg_ids or (f"leg_{sequence % 2}",)
    legs = [Leg(name, LegRole.MANAGER, sip_code=sequence) for name in names]
    kind = EventType.LEG_RINGING
    event = Event(f"evt_{call_id}_l{sequence}", kind, call_id, NOW, sequence, {"n": sequence})
    return LegsChanged(call_id, sequence, legs, [event])


def opened(leg_id: str, cseq: int = 1, branch: str = "") -> LegOpened:
    """Return what is needed to end a leg."""
    session = SessionSnapshot(
        role=SnapshotRole.UAC,
        confirmed=False,
        request="INVITE sip:x@127.0.0.1 SIP/2.0\r\nCall-ID: 1\r\n\r\n",
        transport="udp",
        peer_host="127.0.0.1",
        peer_port=5060,
        local_cseq=cseq,
    )
    return LegOpened("call_1", leg_id, session, branch)
