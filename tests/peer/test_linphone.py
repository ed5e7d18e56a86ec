"""A manager's telephone by linphone, with the extensions it knows: 100rel and session timers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.lab import HOTLINE, Lab, customer_does, customer_number, make_lab
from tests.parts.linphone import Linphone
from tests.parts.node import wait_for
from tests.parts.rtp import RtpPort, sound_address, tone_alaw
from voicegw.demo.sound import CUSTOMER_HZ, MANAGER_HZ, tone_seconds

pytestmark = pytest.mark.peer

SIP = (
    "session_expires_enabled=1",
    "session_expires_value=90",
    "session_expires_min_value=90",
    "100rel_support_level=2",
)


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return a lab whose first manager has a registered telephone."""
    lab = make_lab(tmp_path_factory.mktemp("lab"), users={"desk1": "secret1"})
    lab.give_phones(1, "desk1")
    yield lab
    lab.close()


@pytest.fixture
def linphone(lab: Lab, tmp_path: Path) -> Iterator[Linphone]:
    """Return the manager's telephone, registered by digest."""
    phone = Linphone(
        tmp_path / "linphone",
        user="desk1",
        password="secret1",
        host="127.0.0.27",
        server=f"127.0.0.1:{lab.sip_port}",
        rtp_low=31500,
        sip=SIP,
        tone_hz=MANAGER_HZ,
    )
    yield phone
    phone.stop()


def rung(linphone: Linphone) -> None:
    """Wait until it rings, and have it answer."""
    wait_for("linphone rings", lambda: "180 Ringing" in linphone.trace())
    linphone.command("answer")


def test_talk_with_reliable_ringing_and_a_session_timer(lab: Lab, linphone: Linphone) -> None:
    """Its 180 is acknowledged by PRACK, its timer agreed to; both hear each other."""
    mouth = lab.sound()
    carrier = lab.carrier(customer_does("answers"), calls=1, sound=mouth)
    call_id = lab.dial(1)
    rung(linphone)
    lab.node.bridged(call_id)
    mouth.speak(sound_address(carrier.seen()), tone_alaw(CUSTOMER_HZ, 1))
    wait_for("two seconds of the manager", lambda: len(mouth.heard()) > 2 * 8000)
    linphone.command("terminate")
    carrier.finished()
    call = lab.assert_ended(call_id, "connected", "completed")
    assert call["hangup_source"] == "manager"
    trace = linphone.trace()
    assert "PRACK sip:" in trace
    assert "Session-Expires: 90;refresher=" in trace
    assert f"From: <sip:{HOTLINE}@" in trace
    _, samples = lab.recording(call_id)
    assert tone_seconds(samples[:, 0], CUSTOMER_HZ) >= 1
    assert tone_seconds(samples[:, 1], MANAGER_HZ) >= 1
    assert tone_seconds(linphone.heard(), CUSTOMER_HZ) >= 1


def test_hold_resume_and_a_key(lab: Lab, linphone: Linphone) -> None:
    """On hold the customer hears music; a key pressed afterwards reaches the customer's side."""
    mouth = lab.sound()
    carrier = lab.carrier(customer_does("answers"), calls=1, sound=mouth)
    call_id = lab.dial(1)
    rung(linphone)
    lab.node.bridged(call_id)
    mouth.speak(sound_address(carrier.seen()), tone_alaw(CUSTOMER_HZ, 1))
    wait_for("a second of the manager", lambda: len(mouth.heard()) > 8000)
    linphone.command("pause")
    lab.node.wait_for_event(call_id, "call.held")
    before = len(mouth.heard())
    wait_for("a second of music", lambda: len(mouth.heard()) > before + 8000)
    linphone.command("resume")
    before = len(mouth.heard())
    wait_for("a second of the manager", lambda: len(mouth.heard()) > before + 8000)
    linphone.command("5")
    wait_for("the key", lambda: _keys(mouth) == {5})
    lab.node.hangup(call_id)
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")


def _keys(port: RtpPort) -> set[int]:
    """Return which events of RFC 4733 have been received."""
    return {body[0] for _, kind, body in list(port.packets) if kind == 101 and body}


def test_called_back_and_declines(lab: Lab, linphone: Linphone) -> None:
    """A customer's call rings it; it declines and the caller is told so."""
    known = lab.node.call_ids()
    caller = lab.caller("hears_a_sentence_then_480", (customer_number(1), HOTLINE))
    wait_for("linphone rings", lambda: "180 Ringing" in linphone.trace())
    linphone.command("terminate")
    (call_id,) = lab.node.new_calls(known)
    caller.finished()
    lab.assert_ended(call_id, "manager_declined", "failed")
