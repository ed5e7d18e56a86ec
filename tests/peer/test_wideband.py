"""Telephones that speak Opus or G.722: with each other, and with a carrier that has only G.711.

Each side speaks a tone of its own; who is heard where is told by its frequency.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.parts.baresip import Baresip
from tests.parts.kamailio import EDGE, Kamailio
from tests.parts.lab import Lab, customer_does, customer_number, make_lab
from tests.parts.linphone import Linphone
from tests.parts.node import wait_for
from tests.parts.ports import free_port
from tests.parts.rtp import sound_address, tone_alaw
from voicegw.demo.sound import CUSTOMER_HZ, MANAGER_HZ, tone_seconds

pytestmark = pytest.mark.peer

PHONE_HOST = "127.0.0.23"
EDGE_HOST = "127.0.0.36"
WIDEBAND_HZ = 16_000
#: What a telephone has heard can be read only when its call is over.
_TALK_S = 2.5
CODECS = {"opus": "opus/48000/2", "G722": "G722/16000/1"}


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return a lab that prefers wideband, also on its trunk."""
    codecs = '["opus", "G722", "PCMA"]'
    lab = make_lab(
        tmp_path_factory.mktemp("lab"),
        users={"desk1": "secret1"},
        codecs=codecs,
        trunk=f"codecs = {codecs}",
        announce=True,
    )
    lab.give_phones(1, "desk1")
    yield lab
    lab.close()


MakePhone = Callable[..., Baresip]


@pytest.fixture
def make_phone(lab: Lab, tmp_path: Path) -> Iterator[MakePhone]:
    """Return what starts the manager's telephone, or the customer's behind the trunk."""
    made: list[Baresip] = []

    def start(codecs: str, *, customer: bool = False, server: str | None = None) -> Baresip:
        where = (
            {"user": customer_number(1), "host": lab.carrier_host, "port": lab.carrier_port}
            if customer
            else {
                "user": "desk1",
                "password": "secret1",
                "host": PHONE_HOST,
                "server": server or f"127.0.0.1:{lab.sip_port}",
            }
        )
        phone = Baresip(
            tmp_path / ("customer" if customer else "manager"),
            tone_hz=CUSTOMER_HZ if customer else MANAGER_HZ,
            rtp_low=32_100 if customer else 32_000,
            codecs=codecs,
            **where,
        )
        made.append(phone)
        return phone

    yield start
    for phone in made:
        phone.stop()


@pytest.mark.parametrize("codec", list(CODECS))
def test_two_wideband_phones_talk(lab: Lab, make_phone: MakePhone, codec: str) -> None:
    """The codec is passed through, over a hold too, and the recording has 16 kHz."""
    both = f"{CODECS[codec]},PCMA/8000/1"
    manager, customer = make_phone(both), make_phone(both, customer=True)
    call_id = lab.talking()
    for phone in (manager, customer):
        phone.wait_for("CALL_ESTABLISHED")
    time.sleep(_TALK_S)
    manager.command("hold")
    lab.node.wait_for_event(call_id, "call.held")
    before = manager.trace().count("a=sendrecv")
    manager.command("resume")
    # Its offer and our answer.
    wait_for("taken back", lambda: manager.trace().count("a=sendrecv") >= before + 2)
    time.sleep(1)
    lab.node.hangup(call_id)
    for phone in (manager, customer):
        phone.wait_for("CALL_CLOSED")
    call = lab.assert_ended(call_id, "connected", "completed")
    assert [leg["codec"] for leg in call["legs"]] == [codec, codec]
    assert tone_seconds(manager.heard(), CUSTOMER_HZ) >= 1
    assert tone_seconds(customer.heard(), MANAGER_HZ) >= 1
    _, samples = lab.recording(call_id, WIDEBAND_HZ)
    left, right = samples[::2, 0], samples[::2, 1]
    assert tone_seconds(left, CUSTOMER_HZ) >= 1.5
    assert tone_seconds(right, MANAGER_HZ) >= 1.5
    assert tone_seconds(left, MANAGER_HZ) == 0
    assert tone_seconds(right, CUSTOMER_HZ) == 0


def test_opus_through_a_proxy(lab: Lab, make_phone: MakePhone, tmp_path: Path) -> None:
    """baresip registers through Kamailio and is called along the Path; sound goes beside it."""
    port = free_port(EDGE_HOST)
    edge = Kamailio(
        tmp_path / "edge",
        host=EDGE_HOST,
        port=port,
        gateway=("127.0.0.1", lab.sip_port),
        config=EDGE,
    )
    try:
        manager = make_phone(CODECS["opus"], server=f"{EDGE_HOST}:{port}")
        customer = make_phone(CODECS["opus"], customer=True)
        call_id = lab.talking()
        for phone in (manager, customer):
            phone.wait_for("CALL_ESTABLISHED")
        time.sleep(_TALK_S)
        manager.command("hangup")
        customer.wait_for("CALL_CLOSED")
        call = lab.assert_ended(call_id, "connected", "completed")
        assert call["hangup_source"] == "manager"
        assert [leg["codec"] for leg in call["legs"]] == ["opus", "opus"]
        assert f"Record-Route: <sip:{EDGE_HOST}:{port}" in manager.trace()
        assert tone_seconds(manager.heard(), CUSTOMER_HZ) >= 1
        assert tone_seconds(customer.heard(), MANAGER_HZ) >= 1
    finally:
        edge.stop()


def test_a_wideband_phone_is_brought_to_the_carriers_codec(lab: Lab, tmp_path: Path) -> None:
    """The telephone begins in Opus; once the carrier answers with A-law it speaks that too."""
    manager = Linphone(
        tmp_path / "linphone",
        user="desk1",
        password="secret1",
        host=PHONE_HOST,
        server=f"127.0.0.1:{lab.sip_port}",
        rtp_low=32_200,
        tone_hz=MANAGER_HZ,
    )
    try:
        mouth = lab.sound()
        carrier = lab.carrier(customer_does("answers"), calls=1, sound=mouth)
        call_id = lab.dial(1)
        wait_for("linphone rings", lambda: "180 Ringing" in manager.trace())
        manager.command("answer")
        lab.node.bridged(call_id)
        mouth.speak(sound_address(carrier.seen()), tone_alaw(CUSTOMER_HZ, 1))
        wait_for("two seconds of the manager", lambda: len(mouth.heard()) > 2 * 8000)
        lab.node.hangup(call_id)
        carrier.finished()
        call = lab.assert_ended(call_id, "connected", "completed")
        assert [leg["codec"] for leg in call["legs"]] == ["PCMA", "PCMA"]
        assert {len(body) for _, kind, body in mouth.packets if kind == 8} == {160}
        _, samples = lab.recording(call_id)
        assert tone_seconds(samples[:, 0], CUSTOMER_HZ) >= 1
        assert tone_seconds(samples[:, 1], MANAGER_HZ) >= 1
        assert tone_seconds(manager.heard(), CUSTOMER_HZ) >= 1
    finally:
        manager.stop()
