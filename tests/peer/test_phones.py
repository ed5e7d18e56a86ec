"""Managers with telephones that register at the node: baresip and pyVoIP, speaking and listening.

Each side speaks a tone of its own; who is heard where is told by its frequency.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.baresip import Baresip
from tests.parts.lab import HOTLINE, Lab, customer_does, customer_number, make_lab
from tests.parts.node import wait_for
from tests.parts.pyvoip import NotRegisteredError, PyvoipPhone
from tests.parts.rtp import sound_address, tone_alaw
from voicegw.demo.sound import CUSTOMER_HZ, MANAGER_HZ, read_wav, tone_seconds

pytestmark = pytest.mark.peer

PHONE_HOST = "127.0.0.21"


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return a lab whose first manager has a registered telephone."""
    lab = make_lab(tmp_path_factory.mktemp("lab"), users={"desk1": "secret1"})
    lab.give_phones(1, "desk1")
    yield lab
    lab.close()


@pytest.fixture
def baresip(lab: Lab, tmp_path: Path) -> Iterator[Baresip]:
    """Return the manager's telephone, registered by digest."""
    phone = Baresip(
        tmp_path / "baresip",
        user="desk1",
        password="secret1",
        host=PHONE_HOST,
        server=f"127.0.0.1:{lab.sip_port}",
        tone_hz=MANAGER_HZ,
        rtp_low=31000,
    )
    yield phone
    phone.stop()


@pytest.fixture
def pyvoip(lab: Lab, tmp_path: Path) -> Iterator[PyvoipPhone]:
    """Return the same telephone by pyVoIP."""
    phone = PyvoipPhone(
        tmp_path / "pyvoip",
        user="desk1",
        password="secret1",
        host=PHONE_HOST,
        server=f"127.0.0.1:{lab.sip_port}",
        tone_hz=MANAGER_HZ,
    )
    yield phone
    phone.stop()


def assert_channels(lab: Lab, call_id: str, at_least_s: float) -> None:
    """Assert that the recording has the customer on the left only, the manager on the right."""
    _, samples = lab.recording(call_id)
    left, right = samples[:, 0], samples[:, 1]
    assert tone_seconds(left, CUSTOMER_HZ) >= at_least_s
    assert tone_seconds(right, MANAGER_HZ) >= at_least_s
    assert tone_seconds(left, MANAGER_HZ) == 0
    assert tone_seconds(right, CUSTOMER_HZ) == 0


def test_baresip_is_called(lab: Lab, baresip: Baresip) -> None:
    """Both hear each other, the recording has each on the own channel, the phone the hotline."""
    tone = tone_alaw(CUSTOMER_HZ, 1)
    mouth = lab.sound()
    carrier = lab.carrier(customer_does("answers"), calls=1, sound=mouth)
    call_id = lab.talking()
    mouth.speak(sound_address(carrier.seen()), tone)
    baresip.wait_for("CALL_ESTABLISHED")
    wait_for("two seconds of the manager", lambda: len(mouth.heard()) > 2 * 8000)
    lab.node.hangup(call_id)
    carrier.finished()
    baresip.wait_for("CALL_CLOSED")
    lab.assert_ended(call_id, "connected", "completed")
    assert_channels(lab, call_id, 1.5)
    assert tone_seconds(baresip.heard(), CUSTOMER_HZ) >= 1
    assert f"From: <sip:{HOTLINE}@" in baresip.trace()


def test_baresip_holds_and_resumes(lab: Lab, baresip: Baresip) -> None:
    """On hold the customer hears music and the manager is silent in the recording."""
    mouth = lab.sound()
    carrier = lab.carrier(customer_does("answers"), calls=1, sound=mouth)
    call_id = lab.talking()
    mouth.speak(sound_address(carrier.seen()), tone_alaw(CUSTOMER_HZ, 1))
    baresip.wait_for("CALL_ESTABLISHED")
    wait_for("a second of the manager", lambda: len(mouth.heard()) > 8000)
    baresip.command("hold")
    lab.node.wait_for_event(call_id, "call.held")
    before = len(mouth.heard())
    wait_for("a second of music", lambda: len(mouth.heard()) > before + 8000)
    baresip.command("resume")
    before = len(mouth.heard())
    wait_for("a second of the manager", lambda: len(mouth.heard()) > before + 8000)
    lab.node.hangup(call_id)
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")
    _, samples = lab.recording(call_id)
    seconds = len(samples) / 8000
    assert 1.5 <= tone_seconds(samples[:, 1], MANAGER_HZ) <= seconds - 0.7


def test_baresip_is_called_back(lab: Lab, baresip: Baresip) -> None:
    """A customer's call reaches the registered telephone; the manager hangs up."""
    known = lab.node.call_ids()
    caller = lab.caller("talks_until_hung_up", (customer_number(1), HOTLINE))
    baresip.wait_for("CALL_ESTABLISHED")
    (call_id,) = lab.node.new_calls(known)
    lab.node.bridged(call_id)
    baresip.command("hangup")
    caller.finished()
    call = lab.assert_ended(call_id, "connected", "completed")
    assert call["hangup_source"] == "manager"


def test_telephone_that_is_not_registered(lab: Lab) -> None:
    """A manager whose telephone is off can't be reached, and the customer is not rung."""
    call_id = lab.dial(1)
    lab.assert_ended(call_id, "manager_unreachable", "failed")


def test_wrong_password(lab: Lab, tmp_path: Path) -> None:
    """A telephone with another password is not registered."""
    with pytest.raises(NotRegisteredError):
        PyvoipPhone(
            tmp_path / "pyvoip",
            user="desk1",
            password="wrong",
            host=PHONE_HOST,
            server=f"127.0.0.1:{lab.sip_port}",
            tone_hz=MANAGER_HZ,
        )
    call_id = lab.dial(1)
    lab.assert_ended(call_id, "manager_unreachable", "failed")


def test_pyvoip_is_called(lab: Lab, pyvoip: PyvoipPhone) -> None:
    """The same with pyVoIP as it is: both hear each other, and the manager hangs up."""
    mouth = lab.sound()
    carrier = lab.carrier(customer_does("answers"), calls=1, sound=mouth)
    call_id = lab.talking()
    mouth.speak(sound_address(carrier.seen()), tone_alaw(CUSTOMER_HZ, 1))
    assert pyvoip.wait_for("called")["shown"] == [HOTLINE]
    wait_for("two seconds of the manager", lambda: len(mouth.heard()) > 2 * 8000)
    pyvoip.hang_up()
    carrier.finished()
    ended = pyvoip.wait_for("ended")
    call = lab.assert_ended(call_id, "connected", "completed")
    assert call["hangup_source"] == "manager"
    assert_channels(lab, call_id, 0.8)
    heard = read_wav(Path(ended["heard"]["path"]))[:, 0]
    assert tone_seconds(heard, CUSTOMER_HZ) >= 1
