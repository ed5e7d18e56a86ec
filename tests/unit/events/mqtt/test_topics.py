"""Where things go, and where nobody may have the gateway speak."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from voicegw.events.mqtt.topics import MAX_RESPONSE_TOPIC_BYTES, Topics
from voicegw.model.event import Event, EventType

TOPICS = Topics("city/gw")
CALL = "call_06f3q5s8t3v7p2k9d4m1n6c0ag"


def event(kind: EventType, subject: str) -> Event:
    return Event("evt_1", kind, subject, datetime(2026, 1, 5, tzinfo=UTC), 1, {})


def test_an_event_of_a_call_goes_to_its_call_and_to_its_type() -> None:
    assert TOPICS.events(event(EventType.LEG_RINGING, CALL)) == (
        f"city/gw/v1/calls/{CALL}/events",
        "city/gw/v1/events/leg.ringing",
    )


@pytest.mark.parametrize("subject", ["node-1/store-away", "node-1", "hov_1", "call_a/b", "call_+"])
def test_an_event_about_something_else_goes_to_its_type_alone(subject: str) -> None:
    found = TOPICS.events(event(EventType.ALERT_RAISED, subject))
    assert found == ("city/gw/v1/events/alert.raised",)


def test_topics_of_commands_and_nodes() -> None:
    assert TOPICS.commands == "city/gw/v1/commands/dial"
    assert TOPICS.result("order-17") == "city/gw/v1/commands/order-17/result"
    assert TOPICS.status("node-1") == "city/gw/v1/nodes/node-1/status"


@pytest.mark.parametrize(
    "topic",
    ["city/gw/replies/crm", "city/gw/a", "city/gw/v2/x", "city/gw/v1/commands/order-17/result"],
)
def test_answers_may_be_asked_for_under_the_prefix(topic: str) -> None:
    assert TOPICS.may_answer_at(topic)


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "crm/replies",
        "city/gw",
        "city/gw/",
        "city/gwx/replies",
        "city/gw//a",
        "city/gw/a/",
        "city/gw/+/a",
        "city/gw/#",
        "city/gw/a\x00",
        "city/gw/a b",
        "city/gw/v1",
        "city/gw/v1/commands/dial",
        "city/gw/v1/commands/a/b/result",
        f"city/gw/v1/calls/{CALL}/events",
        "city/gw/v1/events/call.ended",
        "city/gw/v1/nodes/node-1/status",
        "city/gw/" + "a" * MAX_RESPONSE_TOPIC_BYTES,
    ],
)
def test_elsewhere_the_gateway_says_nothing_for_others(topic: str) -> None:
    assert not TOPICS.may_answer_at(topic)
