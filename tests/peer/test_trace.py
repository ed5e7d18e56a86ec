"""The messages of a real call: while it runs, after it, in the store, and masked."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from tests.parts.lab import (
    Lab,
    customer_does,
    customer_number,
    manager_does,
    manager_number,
)
from tests.parts.node import wait_for

pytestmark = pytest.mark.peer


def sip_of(lab: Lab, call_id: str, key: str = "", form: str = "json") -> str:
    request = urllib.request.Request(
        f"{lab.node.api}/v1/calls/{call_id}/sip?format={form}",
        headers={"Authorization": f"Bearer {key or lab.node.key}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        text: bytes = answer.read()
    return text.decode()


def summaries(lab: Lab, call_id: str, role: str) -> list[str]:
    messages = json.loads(sip_of(lab, call_id))["messages"]
    return [message["summary"] for message in messages if message["role"] == role]


def test_a_calls_messages_are_there_live_stored_and_masked(new_lab: Callable[..., Lab]) -> None:
    lab = new_lab()
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    call_id = lab.talking()
    live = summaries(lab, call_id, "customer")
    assert live[0] == "INVITE"
    assert live[-2:] == ["200 OK (INVITE)", "ACK"]
    lab.node.hangup(call_id)
    carrier.finished()
    lab.node.ended(call_id)
    wait_for("the last answer", lambda: "200 OK (BYE)" in summaries(lab, call_id, "customer"))
    figures = lab.node.metrics()
    legs = 'voicegw_legs_ended_total{direction="out",result="answered",trunk="carrier"}'
    assert figures[legs] == 2
    assert figures["voicegw_trace_bytes"] > 0
    whole = sip_of(lab, call_id)
    assert customer_number(1) in whole
    assert manager_number(1) in whole

    made = lab.node.cli("keys", "create", "--role", "county_manager", "--group", "g1", "--json")
    masked = sip_of(lab, call_id, json.loads(made)["key"])
    assert len(json.loads(masked)["messages"]) == len(json.loads(whole)["messages"])
    for number in (customer_number(1), manager_number(1)):
        assert number.removeprefix("+86") not in masked
    assert "CSeq: 1 INVITE" in masked

    drawn = sip_of(lab, call_id, form="text")
    assert "200 OK (BYE)" in drawn

    lab.node.stop()
    stored: dict[str, Any] = json.loads(lab.node.cli("calls", "trace", call_id, "--json"))
    assert stored == json.loads(whole)
