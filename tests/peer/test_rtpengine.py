"""A node whose sound is carried by a real rtpengine: whole calls, and rtpengine going away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.parts.lab import (
    CONFIRM_HOTLINE,
    Lab,
    customer_does,
    make_lab,
    manager_does,
)
from tests.parts.needs import missing
from tests.parts.node import wait_for
from tests.parts.rtp import sound_address, tone_alaw
from tests.parts.rtpengine import Rtpengine, RtpengineMissingError, free_udp_port

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rtpengine]:
    """A running rtpengine that reports its digits to a port chosen here."""
    folder = tmp_path_factory.mktemp("rtpengine")
    try:
        made = Rtpengine(folder, ("127.0.0.1", free_udp_port()))
    except RtpengineMissingError as error:
        missing(str(error))
    with made:
        yield made


@pytest.fixture(scope="module")
def shared_lab(server: Rtpengine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The module's lab, its node using that rtpengine."""
    lab = make_lab(tmp_path_factory.mktemp("lab"), recording="enabled = false", start=False)
    config = lab.node.config
    keys = {"rtpengine": server.control, "rtpengine_digits": server.digits}
    lines = [f'{key} = "{host}:{port}"' for key, (host, port) in keys.items()]
    media = "\n".join(["[media]", 'engine = "rtpengine"', "silence_timeout_s = 60", *lines])
    config.write_text(config.read_text().replace("[media]", media))
    lab.node.start()
    yield lab
    lab.close()


@pytest.fixture
def lab(shared_lab: Lab) -> Iterator[Lab]:
    """The module's lab, cleared after the test."""
    yield shared_lab
    shared_lab.clear()


def figure(lab: Lab, name: str) -> float:
    """Return a figure of the node by its name."""
    return lab.node.metrics().get(name, 0)


def test_a_manager_confirms_by_a_key_and_both_hear_each_other(lab: Lab) -> None:
    ear = lab.sound()
    tone = tone_alaw(1000, 1)
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2, sound=ear)
    call_id = lab.dial(1, hotline_id=lab.hotline_id(CONFIRM_HOTLINE))
    carrier.wait_for_messages("ACK sip:", 1)
    ear.press(sound_address(carrier.seen()), "1")
    lab.node.bridged(call_id)
    before = len(ear.packets)
    ear.speak(sound_address(carrier.seen()), tone)
    wait_for("sound through rtpengine", lambda: tone[:160] in ear.heard())
    assert len(ear.packets) > before
    assert figure(lab, "voicegw_media_legs") == 2
    lab.node.hangup(call_id)
    carrier.finished()
    call = lab.assert_ended(call_id, "connected", "completed")
    assert {leg["codec"] for leg in call["legs"]} == {"PCMA"}
    assert call["recordings"] == []
    assert figure(lab, "voicegw_media_sessions") == 0


def test_calls_end_as_lost_when_rtpengine_was_started_again(lab: Lab, server: Rtpengine) -> None:
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    call_id = lab.talking()
    server.stop()
    wait_for("alert", lambda: figure(lab, 'voicegw_alerts{alert="rtpengine-away"}') == 1, 15)
    status, ready = lab.node.request("GET", "/readyz")
    assert status == 503
    assert ready["not_ready"] == ["media"]
    server.start()
    carrier.finished()
    call = lab.assert_ended(call_id, "interrupted", "failed")
    assert call["failure"] == "media-lost"
    wait_for("ready again", lambda: lab.node.request("GET", "/readyz")[0] == 200)
