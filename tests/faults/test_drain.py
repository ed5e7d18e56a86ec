"""SIGTERM: live calls may finish, new ones are sent elsewhere."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import pytest

from tests.parts.lab import HOTLINE, Lab, customer_does, customer_number, customer_of, manager_does
from tests.parts.node import wait_for

pytestmark = pytest.mark.peer


def test_a_live_talk_may_finish(new_lab: Callable[..., Lab]) -> None:
    """New INVITEs get 503 with Retry-After, new dials `draining`; the talk ends by its people."""
    lab = new_lab(drain_s=30)
    carrier = lab.carrier(manager_does("answers"), customer_does("answers_then_hangs_up"), calls=2)
    call_id = lab.talking()
    assert lab.node.process is not None
    lab.node.process.send_signal(signal.SIGTERM)
    wait_for("draining", lambda: lab.node.request("GET", "/readyz")[0] == 503)
    caller = lab.caller("meets_503", (customer_number(customer_of(2)), HOTLINE))
    caller.finished()
    assert "Retry-After:" in "".join(caller.received())
    body = {"manager_external_id": "m2", "customer_external_id": f"c{customer_of(2)}"}
    status, problem = lab.node.request("POST", "/v1/calls", body)
    assert (status, problem["code"]) == (503, "draining")
    carrier.finished()
    assert lab.node.process.wait(10) == 0
    lab.node.start()
    lab.assert_ended(call_id, "connected", "completed")


def test_what_does_not_finish_is_ended(new_lab: Callable[..., Lab]) -> None:
    """After `drain_s` both telephones get a BYE, and the node leaves with 0."""
    lab = new_lab(drain_s=1)
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    call_id = lab.talking()
    began = time.monotonic()
    assert lab.node.stop() == 0
    assert time.monotonic() - began < 8
    carrier.finished()
    lab.node.start()
    call = lab.assert_ended(call_id, "connected", "completed")
    assert call["hangup_source"] == "gateway"


def test_a_second_signal_ends_at_once(new_lab: Callable[..., Lab]) -> None:
    """Whoever can't wait sends another SIGTERM: the telephones still get their BYE."""
    lab = new_lab(drain_s=60)
    carrier = lab.carrier(manager_does("answers"), customer_does("no_answer"), calls=2)
    lab.dial(1, ring_s=60)
    carrier.wait_for_messages("180 Ringing", 2)
    assert lab.node.process is not None
    lab.node.process.send_signal(signal.SIGTERM)
    wait_for("draining", lambda: lab.node.request("GET", "/readyz")[0] == 503)
    lab.node.process.send_signal(signal.SIGTERM)
    assert lab.node.process.wait(10) == 0
    carrier.finished()
