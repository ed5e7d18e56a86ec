"""What leaves as an event, for whom."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from voicegw.events.outward import encoded, outward
from voicegw.model.directory import Role
from voicegw.model.event import Event, EventType

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
CUSTOMER = "+8613800138000"


def an_event(node: str | None = "node-2", **data: object) -> Event:
    return Event(
        "evt_1", EventType.CALL_ENDED, "call_1", NOW, 4, {"id": "call_1", **data}, node=node
    )


def test_the_source_is_the_node_that_wrote_the_event_whoever_reads() -> None:
    assert outward(an_event(), Role.ADMIN, "node-1")["source"] == "voicegw/node-2"


def test_an_event_of_before_is_the_readers() -> None:
    assert outward(an_event(node=None), Role.ADMIN, "node-1")["source"] == "voicegw/node-1"


@pytest.mark.parametrize("role", [Role.COUNTY_MANAGER, Role.QA_REVIEWER])
def test_numbers_are_masked_for_who_may_not_see_them(role: Role) -> None:
    shown = encoded(an_event(customer_number=CUSTOMER), role, "node-1")
    assert b"13800138000" not in shown
    assert json.loads(shown)["data"]["customer_masked"] == "138****8000"


def test_the_event_itself_stays_as_it_was() -> None:
    event = an_event(customer_number=CUSTOMER, path="2026/rec_1.flac", files=[{"key": "2026/x"}])
    shown = encoded(event, Role.COUNTY_MANAGER, "node-1")
    assert b"2026/" not in shown
    assert event.data["customer_number"] == CUSTOMER
    assert event.data["files"] == [{"key": "2026/x"}]


def test_an_encoded_event_is_one_line() -> None:
    assert b"\n" not in encoded(an_event(client_state="two\nlines"), Role.ADMIN, "node-1")


def test_a_count_is_no_telephone_number() -> None:
    head = {"head": {"number": 7, "node": "node-1"}, "signature": "c2ln"}
    sealed = Event("evt_1", EventType.RECORDINGS_SEALED, "node-1", NOW, 0, head)
    assert outward(sealed, Role.COUNTY_MANAGER, "node-1")["data"]["head"] == head["head"]


def test_a_leg_without_a_number_has_no_masked_one() -> None:
    leg = {"role": "customer", "number": None}
    shown = outward(an_event(legs=[leg]), Role.ADMIN, "node-1")["data"]["legs"]
    assert shown == [{"role": "customer", "number": None, "masked": None}]
