"""Events built from records, and their form outside."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from voicegw.clock import SystemClock
from voicegw.events.cloudevents import render
from voicegw.events.factory import EventFactory
from voicegw.model.call import (
    Call,
    CallStatus,
    Direction,
    Leg,
    LegRole,
)
from voicegw.model.event import EventType
from voicegw.model.recording import Recording, RecordingKind, RecordingStatus

NOW = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)


class FixedClock(SystemClock):
    def now(self) -> datetime:
        return NOW


@pytest.fixture
def factory() -> EventFactory:
    return EventFactory(FixedClock())


@pytest.fixture
def call() -> Call:
    return Call(
        id="call_1",
        direction=Direction.INBOUND,
        status=CallStatus.RINGING,
        node="node-1",
        created_at=NOW,
        group_id="grp_1",
        customer_number="+8613900139000",
        client_state="x",
        task_id="tsk_1",
        legs=[Leg("leg_1", LegRole.CUSTOMER, number="+8613900139000", started_at=NOW)],
        sequence=3,
    )


def a_recording(status: RecordingStatus) -> Recording:
    return Recording("rec_1", "call_1", RecordingKind.TALK, status, "node-1", NOW, group_id="g")


def test_an_event_holds_the_call_as_it_was(factory: EventFactory, call: Call) -> None:
    event = factory.call(EventType.CALL_RINGING, call)
    call.status = CallStatus.FAILED
    call.legs[0].codec = "PCMA"
    assert (event.subject, event.sequence, event.group_id) == ("call_1", 3, "grp_1")
    assert event.time == NOW
    assert event.data["status"] == "ringing"
    assert event.data["legs"][0]["codec"] is None
    assert event.data["sequence"] == 3
    assert event.data["customer_number"] == "+8613900139000"
    assert factory.call(EventType.CALL_RINGING, call).id != event.id


def test_an_event_of_a_leg_belongs_to_its_call(factory: EventFactory, call: Call) -> None:
    event = factory.leg(EventType.LEG_RINGING, call, call.legs[0])
    assert (event.subject, event.sequence, event.group_id) == ("call_1", 3, "grp_1")
    assert event.data["id"] == "leg_1"
    assert event.data["call_id"] == "call_1"
    assert event.data["client_state"] == "x"
    assert event.data["sequence"] == 3


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (RecordingStatus.COMPLETED, EventType.RECORDING_COMPLETED),
        (RecordingStatus.ABSENT, EventType.RECORDING_ABSENT),
        (RecordingStatus.FAILED, EventType.RECORDING_FAILED),
    ],
)
def test_final_recordings_are_told(
    factory: EventFactory, call: Call, status: RecordingStatus, kind: EventType
) -> None:
    event = factory.recording(a_recording(status))
    assert event is not None
    assert (event.type, event.subject, event.sequence) == (kind, "call_1", 0)
    assert (event.data["client_state"], event.data["task_id"]) == (None, None)
    numbered = factory.recording(a_recording(status), call)
    assert numbered is not None
    assert (numbered.sequence, numbered.data["sequence"]) == (3, 3)
    assert (numbered.data["client_state"], numbered.data["task_id"]) == ("x", "tsk_1")


def test_a_pending_recording_is_not_told(factory: EventFactory) -> None:
    assert factory.recording(a_recording(RecordingStatus.PENDING)) is None


def test_alerts(factory: EventFactory) -> None:
    raised = factory.alert("store", "away since 10 s", raised=True)
    cleared = factory.alert("store", "back", raised=False)
    assert (raised.type, cleared.type) == (EventType.ALERT_RAISED, EventType.ALERT_CLEARED)
    assert raised.data["detail"] == "away since 10 s"
    assert raised.group_id is None


def test_the_form_outside(factory: EventFactory, call: Call) -> None:
    event = factory.call(EventType.CALL_RINGING, call)
    rendered = render(event, "node-1")
    assert rendered == {
        "specversion": "1.0",
        "id": event.id,
        "source": "voicegw/node-1",
        "type": "call.ringing",
        "subject": "call_1",
        "time": "2026-03-04T05:06:07.890123Z",
        "datacontenttype": "application/json",
        "dataschema": "urn:voicegw:schema:call:v1",
        "data": event.data,
    }
    assert json.loads(json.dumps(rendered)) == rendered
    rendered["data"]["customer_number"] = None
    rendered["data"]["legs"].clear()
    assert event.data["customer_number"] == "+8613900139000"
    assert event.data["legs"]
