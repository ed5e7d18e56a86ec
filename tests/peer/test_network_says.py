"""A carrier that plays what it means and answers with a code that says little."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.parts.node import wait_for
from tests.parts.raw_lab import RawLab, module_lab, raw
from tests.parts.raw_sip import description
from tests.parts.rtp import cadence_alaw

__all__ = ["module_lab", "raw"]

pytestmark = pytest.mark.peer

_BUSY = cadence_alaw(450, 0.35, 0.35)
_CONGESTION = cadence_alaw(450, 0.7, 0.7)


def call_in_vain(raw: RawLab, alaw: bytes, seconds: float, status: int) -> str:
    """Have the customer's network play a sound for so long, and then refuse the call."""
    call_id, manager = raw.manager_on()
    invite, customer = raw.customer_rung()
    mouth = raw.lab.sound()
    customer.answer(invite, 183, body=description(mouth.port))
    mouth.speak(invite.sound, alaw)
    time.sleep(seconds)
    customer.answer(invite, status)
    customer.expect("ACK")
    manager.expect("BYE", timeout_s=10)
    raw.over()
    return call_id


def settled(raw: RawLab, call_id: str) -> dict[str, Any]:
    """Wait for the last event about a call and return the customer's leg."""
    raw.lab.node.wait_for_event(call_id, "call.settled", 15)
    call = raw.lab.node.get(f"/v1/calls/{call_id}")
    return next(leg for leg in call["legs"] if leg["role"] == "customer")


@pytest.mark.parametrize(
    ("alaw", "status", "reason"),
    [(_BUSY, 480, "busy"), (_CONGESTION, 480, "congestion")],
    ids=["busy", "congestion"],
)
def test_a_tone_says_more_than_the_code(raw: RawLab, alaw: bytes, status: int, reason: str) -> None:
    call_id = call_in_vain(raw, alaw, 4.0, status)
    ended = raw.ended(call_id)
    assert ended["outcome"] == "customer_no_answer"
    leg = settled(raw, call_id)
    assert (leg["reason"], leg["reason_source"], leg["result"]) == (reason, "tone", "no_answer")
    assert raw.lab.node.event_types(call_id)[-3:] == [
        "call.ended",
        "leg.classified",
        "call.settled",
    ]
    spools = Path(raw.lab.folder, "data", "spool")
    wait_for("the capture deleted", lambda: not any(spools.iterdir()))
    assert raw.lab.node.get(f"/v1/recordings?call_id={call_id}")["items"] == []


def test_a_code_alone_settles_the_call_at_once(raw: RawLab) -> None:
    call_id = call_in_vain(raw, _BUSY, 0.3, 404)
    raw.ended(call_id)
    leg = settled(raw, call_id)
    assert (leg["reason"], leg["reason_source"]) == ("vacant-number", "code")
    assert "leg.classified" not in raw.lab.node.event_types(call_id)
    assert not any(Path(raw.lab.folder, "data", "spool").iterdir())
