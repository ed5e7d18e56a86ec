"""Managers dial: from the mobile by keypad, with a PIN from elsewhere, from a desk telephone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recordings.finishing.g711 import ALAW_LEVELS, decode
from tests.parts.baresip import Baresip
from tests.parts.lab import (
    AT_ONCE_HOTLINE,
    CALLER_HOST,
    HOTLINE,
    customer_number,
    customer_of,
    manager_number,
)
from tests.parts.node import wait_for
from tests.parts.raw_lab import RawLab, make_raw_lab
from tests.parts.raw_sip import Leg, Message, description
from tests.parts.rtp import RtpPort, loudness, tone_alaw
from voicegw.media import g711
from voicegw.media.dtmf import tone
from voicegw.media.spool import LEG_MANAGER, CapturedPacket, CaptureMark, SpoolReader

pytestmark = pytest.mark.peer

CODE = "40711"
PIN = "73918462"
STAFF_NO = "5501"
STRANGER = "+8613600136000"
_CUSTOMER_HZ = 1500
_LOUD = 2000


@pytest.fixture(scope="module")
def raw_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawLab]:
    """Return a lab where the second hotline asks for a PIN, and the first manager has all."""
    raw = make_raw_lab(
        tmp_path_factory.mktemp("dialling"),
        users={"desk1": "secret1"},
        defence=f'[dial_through]\nnumbers = ["{AT_ONCE_HOTLINE}"]',
    )
    node = raw.lab.node
    manager = node.get("/v1/managers/by-external-id/m1")
    phones: list[dict[str, Any]] = [{"number": manager_number(1)}, {"aor": "desk1", "order": 1}]
    body = {
        "name": manager["name"],
        "group_id": manager["group_id"],
        "external_id": "m1",
        "staff_no": STAFF_NO,
        "phones": phones,
    }
    assert node.request("PUT", f"/v1/managers/{manager['id']}", body)[0] == 200
    assert node.request("PUT", f"/v1/managers/{manager['id']}/pin", {"pin": PIN})[0] in (200, 204)
    customer = node.get(f"/v1/customers/by-external-id/c{customer_of(1)}")
    wanted = {
        "name": customer["name"],
        "group_id": customer["group_id"],
        "external_id": customer["external_id"],
        "numbers": [customer_number(customer_of(1))],
        "owner_id": customer["owner_id"],
        "code": CODE,
    }
    status, answer = node.request("PUT", f"/v1/customers/{customer['id']}", wanted)
    assert status == 200, answer
    yield raw
    raw.close()


@pytest.fixture
def raw(raw_lab: RawLab) -> Iterator[RawLab]:
    """Return the module's lab, cleared after the test."""
    yield raw_lab
    raw_lab.clear()


def dials_in(raw: RawLab, number: str, hotline: str) -> tuple[str, Leg, Message, RtpPort]:
    """Have a telephone call a hotline, which answers at once; return the call and its sound."""
    known = raw.lab.node.call_ids()
    sound = raw.lab.sound(CALLER_HOST)
    leg = Leg.calling(raw.caller(), hotline, caller=number)
    leg.invite(description(sound.port, host=CALLER_HOST))
    answer = leg.expect(200)
    leg.ack(answer)
    (call_id,) = raw.lab.node.new_calls(known)
    sound.speak(answer.sound, b"\xd5" * 8000)
    return call_id, leg, answer, sound


def enter(sound: RtpPort, answer: Message, keys: str) -> None:
    """Press keys as RFC 4733 events."""
    for key in keys:
        sound.press(answer.sound, key)
        time.sleep(0.05)


def put_through(raw: RawLab, call_id: str, sound: RtpPort) -> Leg:
    """Have the customer answer, who sees the hotline only, and is heard by the manager."""
    invite, customer = raw.customer_rung(1)
    assert f"sip:{HOTLINE}@" in invite.header("from")
    for hidden in (manager_number(1)[3:], STRANGER[3:], "desk1", STAFF_NO):
        assert hidden not in f"{invite.start}{invite.lines}{invite.body}"
    ear = raw.lab.sound()
    customer.answer(invite, 200, body=description(ear.port))
    customer.expect("ACK")
    ear.speak(invite.sound, tone_alaw(_CUSTOMER_HZ, 1))
    raw.lab.node.bridged(call_id)
    wait_for(
        "the customer is heard",
        lambda: loudness(decode(sound.heard()[-800:], ALAW_LEVELS), _CUSTOMER_HZ) > _LOUD,
    )
    return customer


def test_a_manager_dials_a_customer_by_code_from_the_own_mobile(raw: RawLab) -> None:
    """The keys of the code are events; the customer is shown the hotline; both are recorded."""
    call_id, leg, answer, sound = dials_in(raw, manager_number(1), HOTLINE)
    enter(sound, answer, f"{CODE}#")
    put_through(raw, call_id, sound)
    time.sleep(0.5)
    raw.hang_up(leg)
    raw.over()
    call = raw.ended(call_id)
    assert (call["outcome"], call["direction"]) == ("connected", "dial_through")
    assert call["customer_number"] == customer_number(customer_of(1))
    raw.lab.recording(call_id)


def test_no_digit_of_a_pin_is_left_anywhere(raw: RawLab) -> None:
    """Events and tones of a PIN reach no spool, log, journal or database."""
    call_id, _, answer, sound = dials_in(raw, STRANGER, AT_ONCE_HOTLINE)
    enter(sound, answer, f"{STAFF_NO}#")
    spool = wait_for("the capture pauses", lambda: paused_spool(raw))
    enter(sound, answer, PIN)
    # A telephone that sends tones beside its events gives the PIN away twice.
    for key in PIN[:2]:
        sound.speak(answer.sound, tone(key, g711.Law.PCMA))
        time.sleep(0.15)
    sound.speak(answer.sound, b"\xd5" * 8000)
    enter(sound, answer, "#")
    wait_for("the capture goes on", lambda: len(marks_of(spool)) == 2)
    wait_for("the PIN is accepted", lambda: raw.lab.node.get(f"/v1/calls/{call_id}")["manager_id"])
    enter(sound, answer, f"{CODE}#")
    customer = put_through(raw, call_id, sound)
    paused, resumed = marks_of(spool)
    captured = [one for one in SpoolReader(spool) if isinstance(one, CapturedPacket)]
    of_manager = [one for one in captured if one.leg == LEG_MANAGER]
    assert of_manager, "nothing was captured at all"
    assert not [one for one in captured if paused < one.arrival_us < resumed]
    assert not [one for one in of_manager if one.payload_type == 101 and one.payload]
    raw.hang_up(customer)
    raw.over()
    assert raw.ended(call_id)["outcome"] == "connected"
    folder = raw.lab.folder
    for path in (one for one in folder.rglob("*") if one.is_file() and one.suffix != ".flac"):
        assert PIN.encode() not in path.read_bytes(), path


def paused_spool(raw: RawLab) -> Path | None:
    """Return the spool of the call in which nothing is captured just now."""
    for path in raw.lab.folder.glob("data/spool/*.spool"):
        if len(marks_of(path)) == 1:
            return path
    return None


def marks_of(spool: Path) -> list[int]:
    """Return when the capture was paused and resumed, in microseconds since the epoch."""
    return [
        one.arrival_us
        for one in SpoolReader(spool)
        if isinstance(one, CaptureMark) and one.detail.get("kind") in ("pause", "resume")
    ]


def test_the_customer_calls_while_being_called(raw: RawLab) -> None:
    """The customer's INVITE and ours cross: one call, the customer's own leg, and our CANCEL."""
    known = raw.lab.node.call_ids()
    call_id, _ = raw.manager_on(1)
    invite, ringing = raw.customer_rung(1)
    ringing.answer(invite, 180)
    customer = raw.calling(HOTLINE, manager=1)
    customer.invite(description(host=CALLER_HOST))
    answer = customer.expect(200)
    customer.ack(answer)
    cancel = ringing.expect("CANCEL")
    assert "completed elsewhere" in cancel.header("reason").lower()
    call = raw.lab.node.bridged(call_id)
    assert raw.lab.node.call_ids() - known == {call_id}
    assert [step["step"] for step in call["plan"]] == ["glare"]
    raw.hang_up(customer)
    raw.over()
    call = raw.ended(call_id)
    assert (call["outcome"], call["hangup_source"]) == ("connected", "customer")


def test_a_desk_telephone_dials_a_customer_and_help(raw: RawLab, tmp_path: Path) -> None:
    """What baresip dials goes out under the hotline, and is handed on; 110 under its own number."""
    phone = Baresip(
        tmp_path / "baresip",
        user="desk1",
        password="secret1",
        host="127.0.0.23",
        server=f"127.0.0.1:{raw.lab.sip_port}",
        tone_hz=700,
        rtp_low=31200,
    )
    try:
        known = raw.lab.node.call_ids()
        phone.command("dial", CODE)
        (call_id,) = raw.lab.node.new_calls(known)
        invite, customer = raw.customer_rung(1)
        assert f"sip:{HOTLINE}@" in invite.header("from")
        customer.answer(invite, 200, body=description())
        customer.expect("ACK")
        raw.lab.node.bridged(call_id)
        # Who dialled may hand the customer on like who was rung.
        phone.command("transfer", f"sip:{manager_number(2)}@127.0.0.1:{raw.lab.sip_port}")
        invite, colleague = raw.manager_rung(2)
        colleague.answer(invite, 200, body=description())
        colleague.expect("ACK")
        raw.lab.node.wait_for_event(call_id, "call.transferred")
        raw.hang_up(customer)
        raw.over()
        assert raw.ended(call_id)["outcome"] == "connected"
        known = raw.lab.node.call_ids()
        phone.command("dial", "110")
        (call_id,) = raw.lab.node.new_calls(known)
        invite, service = raw.rung("110")
        assert f"sip:{manager_number(1)}@" in invite.header("from")
        service.answer(invite, 200, body=description())
        service.expect("ACK")
        raw.lab.node.bridged(call_id)
        raw.hang_up(service)
        raw.over()
        call = raw.ended(call_id)
        assert (call["outcome"], call["recordings"]) == ("connected", [])
    finally:
        phone.stop()
