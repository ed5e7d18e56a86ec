"""Neither party ever learns the other's number: every byte sent to each of them is searched.

The manager's telephone is a baresip registered from an address of its own, the customer's is SIPp
behind the trunk at another. The node stands between them on a third.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.parts.baresip import Baresip
from tests.parts.capture import Capture, Packet, found_in
from tests.parts.lab import (
    CUSTOMER_NAME,
    HOTLINE,
    MANAGER_NAME,
    Lab,
    customer_does,
    customer_number,
    make_lab,
    manager_does,
    manager_number,
)
from tests.parts.node import wait_for
from tests.parts.rtp import RtpPort, sound_address, tone_alaw
from voicegw.model.numbers import spellings

pytestmark = pytest.mark.peer

MANAGER_HOST, CUSTOMER_HOST = "127.0.0.21", "127.0.0.22"
MANAGER_USER = "zwm-desk"
MANAGER, CUSTOMER = manager_number(1), customer_number(1)
OF_THE_MANAGER = {*spellings(MANAGER), MANAGER_NAME, MANAGER_USER, MANAGER_HOST}
OF_THE_CUSTOMER = {*spellings(CUSTOMER), CUSTOMER_NAME, CUSTOMER_HOST}


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return a lab whose trunk is at the customer's address."""
    lab = make_lab(
        tmp_path_factory.mktemp("lab"),
        carrier_host=CUSTOMER_HOST,
        users={MANAGER_USER: "secret1"},
        announce=True,
    )
    yield lab
    lab.close()


@pytest.fixture
def phone(lab: Lab, tmp_path: Path) -> Iterator[Baresip]:
    """Return the manager's telephone."""
    lab.give_phones(1, MANAGER_USER)
    phone = Baresip(
        tmp_path / "baresip",
        user=MANAGER_USER,
        password="secret1",
        host=MANAGER_HOST,
        server=f"127.0.0.1:{lab.sip_port}",
        tone_hz=1060,
        rtp_low=31200,
    )
    yield phone
    phone.stop()


@contextmanager
def captured() -> Iterator[Capture]:
    """Capture all of loopback."""
    capture = Capture()
    try:
        yield capture
    finally:
        capture.stop()


def assert_masked(capture: Capture, phone: Baresip, ear: RtpPort) -> None:
    """Search what was sent to each party for everything of the other."""
    to_customer = capture.towards(CUSTOMER_HOST)
    to_manager = capture.towards(MANAGER_HOST, phone.rtp_ports)
    assert has_everything(to_customer, {ear.port, ear.port + 1}), "sound or RTCP is missing"
    assert has_everything(to_manager, phone.rtp_ports), "sound or RTCP is missing"
    # What may be seen is found, so what must not be seen would be.
    assert found_in(to_customer, [HOTLINE])
    assert found_in(to_manager, [HOTLINE])
    assert not found_in(to_customer, OF_THE_MANAGER)
    assert not found_in(to_manager, OF_THE_CUSTOMER)


def wait_for_everything(capture: Capture, phone: Baresip, ear: RtpPort) -> None:
    """Wait until both parties have been sent signalling, RTP and RTCP."""
    own = {ear.port, ear.port + 1}
    wait_for("RTCP", lambda: has_everything(capture.towards(CUSTOMER_HOST), own))
    wait_for(
        "RTCP",
        lambda: has_everything(capture.towards(MANAGER_HOST, phone.rtp_ports), phone.rtp_ports),
    )


def has_everything(packets: Sequence[Packet], sound_ports: Container[int]) -> bool:
    """Whether signalling, RTP and RTCP are among the packets."""
    signalling = any(b"SIP/2.0" in packet.payload for packet in packets)
    sound = [packet.payload for packet in packets if packet.target[1] in sound_ports]
    rtp = any(len(payload) > 100 and payload[1] & 0x7F == 8 for payload in sound)
    rtcp = any(len(payload) > 8 and payload[1] in (200, 201) for payload in sound)
    return signalling and rtp and rtcp


def assert_own_records_masked(lab: Lab) -> None:
    """Search the node's log, its figures and the names of its files for both numbers."""
    secrets = spellings(MANAGER) | spellings(CUSTOMER)
    with urllib.request.urlopen(lab.node.api + "/metrics", timeout=10) as answer:
        figures = answer.read().decode()
    names = "\n".join(str(path) for path in lab.folder.glob("data/**/*"))
    for place, text in (
        ("log", lab.node.log.read_text()),
        ("metrics", figures),
        ("file names", names),
    ):
        assert not [secret for secret in secrets if secret in text], place


def test_click_to_dial(lab: Lab, phone: Baresip) -> None:
    """A whole click-to-dial, with notice, talk, hold and end, shows nobody anything."""
    with captured() as capture:
        ear = lab.sound(CUSTOMER_HOST)
        carrier = lab.carrier(customer_does("answers"), calls=1, sound=ear)
        call_id = lab.talking()
        ear.speak(sound_address(carrier.seen()), tone_alaw(580, 1))
        phone.command("hold")
        lab.node.wait_for_event(call_id, "call.held")
        phone.command("resume")
        wait_for_everything(capture, phone, ear)
        lab.node.hangup(call_id)
        carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")
    assert_masked(capture, phone, ear)
    lab.recording(call_id)
    assert_own_records_masked(lab)


def test_call_back(lab: Lab, phone: Baresip) -> None:
    """A customer's call back shows nobody anything either."""
    known = lab.node.call_ids()
    with captured() as capture:
        ear = lab.sound(CUSTOMER_HOST)
        caller = lab.caller(
            "talks_until_hung_up", (CUSTOMER, HOTLINE), host=CUSTOMER_HOST, sound=ear
        )
        (call_id,) = lab.node.new_calls(known)
        lab.node.bridged(call_id)
        ear.speak(sound_address(caller.seen()), tone_alaw(580, 1))
        wait_for_everything(capture, phone, ear)
        phone.command("hangup")
        caller.finished()
    lab.assert_ended(call_id, "connected", "completed")
    assert_masked(capture, phone, ear)
    assert_own_records_masked(lab)


@pytest.mark.parametrize("does", ["busy", "not_found", "no_answer"])
def test_click_to_dial_that_fails(lab: Lab, phone: Baresip, does: str) -> None:
    """A failure of one leg tells the other nothing."""
    with captured() as capture:
        carrier = lab.carrier(customer_does(does), calls=1)
        call_id = lab.dial(1, ring_s=1)
        carrier.finished()
        lab.node.ended(call_id)
        lab.node.assert_nothing_held()
    assert not found_in(capture.towards(CUSTOMER_HOST), OF_THE_MANAGER)
    to_manager = capture.towards(MANAGER_HOST, phone.rtp_ports)
    assert any(b"BYE sip:" in packet.payload for packet in to_manager)
    assert not found_in(to_manager, OF_THE_CUSTOMER)
    assert_own_records_masked(lab)


@pytest.mark.parametrize("does", ["busy", "declines", "answers_then_hangs_up"])
def test_managers_mobile_over_the_trunk(lab: Lab, does: str) -> None:
    """A manager's number that is dialled over the trunk is never sent to the caller."""
    known = lab.node.call_ids()
    with captured() as capture:
        carrier = lab.carrier(manager_does(does, 2), calls=1)
        answered = does == "answers_then_hangs_up"
        meets = {"busy": "hears_a_sentence_then_486", "declines": "hears_a_sentence_then_480"}
        caller = lab.caller(
            "talks_until_hung_up" if answered else meets[does],
            (customer_number(5), HOTLINE),
            host="127.0.0.23",
        )
        caller.finished()
        carrier.finished()
        (call_id,) = lab.node.new_calls(known)
        lab.node.ended(call_id)
    manager = {*spellings(manager_number(2)), MANAGER_NAME}
    customer = {*spellings(customer_number(5)), CUSTOMER_NAME, "127.0.0.23"}
    assert not found_in(capture.towards("127.0.0.23"), manager)
    assert not found_in(capture.towards(CUSTOMER_HOST, [lab.carrier_port]), customer)
