"""Statements in a real talk: what both hear, which keys count, what the recording proves."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from recordings.finishing.g711 import ALAW_LEVELS, decode
from tests.parts.lab import CALLER_HOST, STATEMENT_S, STATEMENTS
from tests.parts.node import wait_for
from tests.parts.raw_lab import RawLab, Talk, module_lab, raw
from tests.parts.rtp import RtpPort, loudness, sine, tone_alaw

__all__ = ["module_lab", "raw"]

pytestmark = pytest.mark.peer

_ONE, _TWO = STATEMENTS
_BODY = {
    "statements": [{"id": "s1", "prompt": _ONE}, {"id": "s2", "prompt": _TWO}],
    "timeout_s": 5,
}
_CUSTOMER_HZ, _MANAGER_HZ = 1500, 1900
_LOUD = 2000


def talking(raw: RawLab) -> tuple[Talk, RtpPort, RtpPort]:
    """Have two talk, each of whom sends a tone of their own."""
    customer, manager = raw.lab.sound(CALLER_HOST), raw.lab.sound()
    talk = raw.talking(ports=(customer.port, manager.port))
    customer.speak(talk.answer.sound, tone_alaw(_CUSTOMER_HZ, 1))
    manager.speak(talk.manager_sound, tone_alaw(_MANAGER_HZ, 1))
    wait_for("the manager's tone", lambda: hears(customer, _MANAGER_HZ))
    wait_for("the customer's tone", lambda: hears(manager, _CUSTOMER_HZ))
    return talk, customer, manager


def hears(ear: RtpPort, frequency_hz: int) -> bool:
    """Whether the last tenth of a second at `ear` is a tone."""
    return loudness(decode(ear.heard()[-800:], ALAW_LEVELS), frequency_hz) > _LOUD


def disclosure(raw: RawLab, call_id: str) -> dict[str, Any]:
    (found,) = raw.lab.node.get(f"/v1/calls/{call_id}")["disclosures"]
    return dict(found)


def wait_for_state(raw: RawLab, call_id: str, *states: str) -> None:
    def look() -> bool:
        shown = disclosure(raw, call_id)["statements"]
        return [one["state"] for one in shown] == list(states)

    wait_for(f"statements {states}", look)


def digest(prompt: str) -> str:
    samples = sine(STATEMENTS[prompt], STATEMENT_S)
    return hashlib.sha256(samples.astype("<i2").tobytes()).hexdigest()


def test_statements_are_heard_by_both_and_proven_by_the_recording(raw: RawLab) -> None:
    talk, customer, manager = talking(raw)
    status, begun = raw.lab.node.request("POST", f"/v1/calls/{talk.call_id}/disclosure", _BODY)
    assert status == 202, begun
    wait_for("the statement", lambda: hears(customer, 600) and hears(manager, 600))
    customer.press(talk.answer.sound, "1")  # too early: nobody has heard it whole
    wait_for_state(raw, talk.call_id, "asked", "pending")
    assert not hears(customer, _MANAGER_HZ), "the manager is heard while a key is awaited"
    wait_for("the customer at the manager", lambda: hears(manager, _CUSTOMER_HZ))
    customer.press(talk.answer.sound, "1")
    wait_for("the second statement", lambda: hears(customer, 900) and hears(manager, 900))
    wait_for_state(raw, talk.call_id, "assented", "asked")
    customer.press(talk.answer.sound, "2")
    wait_for_state(raw, talk.call_id, "assented", "refused")
    wait_for("the talk goes on", lambda: hears(customer, _MANAGER_HZ))
    shown = disclosure(raw, talk.call_id)
    assert (shown["status"], [one["key"] for one in shown["statements"]]) == ("refused", ["1", "2"])
    assert all(kind == 8 for _, kind, _ in manager.packets), "a digit has reached the manager"
    raw.lab.node.hangup(talk.call_id)
    raw.over()
    call = raw.ended(talk.call_id)
    raw.lab.recording(talk.call_id)
    recording = raw.lab.node.get(f"/v1/recordings/{call['recording_id']}")
    marks = [one for one in recording["marks"] if one["detail"].get("disclosure") == shown["id"]]
    assert [one["kind"] for one in marks] == ["statement", "assent", "statement", "refusal"]
    assert {one["channel"] for one in marks} == {"customer"}
    assert [one["detail"]["statement"] for one in marks] == ["s1", "s1", "s2", "s2"]
    assert [marks[0]["detail"]["digest"], marks[2]["detail"]["digest"]] == [
        digest(_ONE),
        digest(_TWO),
    ]
    assert [marks[1]["detail"]["key"], marks[3]["detail"]["key"]] == ["1", "2"]
    assert marks[1]["at_s"] - marks[0]["at_s"] > STATEMENT_S
    heard = [
        one["at_s"]
        for one in recording["marks"]
        if one["kind"] == "prompt-heard" and one["channel"] == "customer"
    ]
    assert any(marks[0]["at_s"] < at_s <= marks[1]["at_s"] for at_s in heard)


def test_who_hangs_up_in_the_middle_has_assented_to_what_came_before(raw: RawLab) -> None:
    talk, customer, _ = talking(raw)
    raw.lab.node.request("POST", f"/v1/calls/{talk.call_id}/disclosure", _BODY)
    wait_for_state(raw, talk.call_id, "asked", "pending")
    customer.press(talk.answer.sound, "1")
    wait_for_state(raw, talk.call_id, "assented", "playing")
    raw.hang_up(talk.customer)
    raw.over()
    (record,) = raw.ended(talk.call_id)["disclosures"]
    assert record["status"] == "interrupted"
    assert [one["state"] for one in record["statements"]] == ["assented", "left"]


def test_a_manager_stops_it(raw: RawLab) -> None:
    talk, customer, _ = talking(raw)
    path = f"/v1/calls/{talk.call_id}/disclosure"
    assert raw.lab.node.request("POST", path, _BODY)[0] == 202
    assert raw.lab.node.request("POST", path, _BODY)[1]["code"] == "disclosure-running"
    wait_for("the statement", lambda: hears(customer, 600))
    assert raw.lab.node.request("DELETE", path)[0] == 200
    wait_for("the talk goes on", lambda: hears(customer, _MANAGER_HZ))
    assert disclosure(raw, talk.call_id)["status"] == "aborted"
    unknown = {"statements": [{"id": "s1", "prompt": "nobody_has_it"}]}
    status, problem = raw.lab.node.request("POST", path, unknown)
    assert (status, problem["errors"][0]["field"]) == (422, "statements.0.prompt")
    raw.hang_up(talk.customer)
