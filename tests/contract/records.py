"""Calls, recordings and events to write."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.contract.conftest import NOW
from voicegw.model.call import (
    Call,
    CallOutcome,
    CallStatus,
    Direction,
    Leg,
    LegRole,
)
from voicegw.model.event import Event, EventType
from voicegw.model.recording import Recording, RecordingKind, RecordingRef, RecordingStatus


def a_call(key: str, *, age_s: float = 0, ended: bool = False, **more: object) -> Call:
    """Return a call that began `age_s` before NOW."""
    fields: dict[str, object] = {
        "id": f"call_{key}",
        "direction": Direction.CLICK_TO_DIAL,
        "status": CallStatus.COMPLETED if ended else CallStatus.RINGING,
        "outcome": CallOutcome.CONNECTED if ended else None,
        "node": "node-1",
        "created_at": NOW - timedelta(seconds=age_s),
        "group_id": "grp_1",
        "manager_id": "mgr_1",
        "customer_id": "cus_1",
        "customer_number": "+8613900139000",
        "legs": [Leg(f"leg_{key}", LegRole.MANAGER, started_at=NOW)],
        "sequence": 1,
    }
    return Call(**(fields | more))  # type: ignore[arg-type]


def an_event(key: str, subject: str = "call_1", sequence: int = 1, **more: object) -> Event:
    """Return an event of a call."""
    fields: dict[str, object] = {
        "id": f"evt_{key}",
        "type": EventType.CALL_RINGING,
        "subject": subject,
        "time": NOW,
        "sequence": sequence,
        "data": {"客户": [1, None], "sequence": sequence},
        "group_id": "grp_1",
    }
    return Event(**(fields | more))  # type: ignore[arg-type]


def a_recording(
    key: str, call_id: str, status: RecordingStatus, created_at: datetime = NOW
) -> Recording:
    """Return a recording of a talk."""
    return Recording(
        id=f"rec_{key}",
        call_id=call_id,
        kind=RecordingKind.TALK,
        status=status,
        node="node-1",
        created_at=created_at,
        group_id="grp_1",
        manager_id="mgr_1",
        customer_id="cus_1",
        duration_s=1.5,
    )


def a_reference(recording: Recording) -> RecordingRef:
    """Return how a call names `recording`."""
    return RecordingRef(recording.id, recording.kind, recording.status)
