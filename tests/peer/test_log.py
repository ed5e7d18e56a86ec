"""The log of a whole call: every record is JSON, its ids lead from the request to the recording."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from tests.parts.lab import Lab, customer_does, customer_number, manager_does, manager_number
from tests.parts.node import wait_for

pytestmark = pytest.mark.peer

_REQUEST = "trace-of-a-test"


def records(lab: Lab) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lab.node.log.read_text().splitlines()]


def dialled(lab: Lab) -> str:
    """Ask for a call under an id of our own; return the call's."""
    body = {"manager_external_id": "m1", "customer_external_id": "c1"}
    request = urllib.request.Request(
        f"{lab.node.api}/v1/calls",
        json.dumps(body).encode(),
        {
            "Authorization": f"Bearer {lab.node.key}",
            "Content-Type": "application/json",
            "X-Request-Id": _REQUEST,
        },
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        call_id: str = json.load(answer)["id"]
    return call_id


def test_a_call_can_be_followed_from_its_request_to_its_recording(
    new_lab: Callable[..., Lab],
) -> None:
    lab = new_lab(more='[logging]\nformat = "json"\nlevel = "debug"\nrequests = true')
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    call_id = dialled(lab)
    lab.node.bridged(call_id)
    lab.node.hangup(call_id)
    carrier.finished()
    lab.node.ended(call_id)

    def finished() -> list[dict[str, Any]]:
        return [one for one in records(lab) if one["message"] == "recording finished"]

    (recording,) = wait_for("recording", finished, 20)
    assert recording["call_id"] == call_id
    found = records(lab)
    (ended,) = [one for one in found if one["message"] == "call ended"]
    assert (ended["call_id"], ended["request_id"]) == (call_id, _REQUEST)
    asked = [one for one in found if one["message"] == "request answered"]
    (post,) = [one for one in asked if one["request_id"] == _REQUEST]
    assert (post["method"], post["route"], post["status"]) == ("POST", "/v1/calls", 202)
    assert post["principal_id"].startswith("key_")
    for one in found:
        assert {"time", "level", "logger", "message", "node"} <= one.keys()
    text = lab.node.log.read_text()
    for number in (customer_number(1), manager_number(1)):
        assert number.removeprefix("+86") not in text
