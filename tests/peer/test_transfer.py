"""A manager's telephone hands the customer on to a colleague's: baresip and linphone, by REFER."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recordings.finishing.g711 import ALAW_LEVELS, decode
from tests.parts.baresip import Baresip
from tests.parts.lab import (
    HOTLINE,
    Lab,
    customer_does,
    customer_number,
    customer_of,
    make_lab,
)
from tests.parts.linphone import Linphone
from tests.parts.node import wait_for
from tests.parts.rtp import RtpPort, sound_address, tone_alaw
from voicegw.demo.sound import CUSTOMER_HZ, MANAGER_HZ, tone_seconds

pytestmark = pytest.mark.peer

COLLEAGUE_HZ = 1300
Desk = Callable[[int], Baresip]


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return a lab whose first two managers have registered telephones."""
    users = {"desk1": "secret1", "desk2": "secret2"}
    lab = make_lab(tmp_path_factory.mktemp("lab"), users=users)
    lab.give_phones(1, "desk1")
    lab.give_phones(2, "desk2")
    yield lab
    lab.close()


@pytest.fixture
def desk(lab: Lab, tmp_path: Path) -> Iterator[Desk]:
    """Return what makes the telephone of a manager; the second one's must be told to answer."""
    made: list[Baresip] = []

    def make(manager: int) -> Baresip:
        made.append(
            Baresip(
                tmp_path / f"desk{manager}",
                user=f"desk{manager}",
                password=f"secret{manager}",
                host=f"127.0.0.{40 + manager}",
                server=f"127.0.0.1:{lab.sip_port}",
                tone_hz=MANAGER_HZ if manager == 1 else COLLEAGUE_HZ,
                rtp_low=31600 + 100 * manager,
                answers=manager == 1,
            )
        )
        return made[-1]

    yield make
    for phone in made:
        phone.stop()


@pytest.fixture
def linphone(lab: Lab, tmp_path: Path) -> Iterator[Linphone]:
    """Return the first manager's telephone by linphone."""
    phone = Linphone(
        tmp_path / "linphone",
        user="desk1",
        password="secret1",
        host="127.0.0.43",
        server=f"127.0.0.1:{lab.sip_port}",
        rtp_low=31900,
        tone_hz=MANAGER_HZ,
    )
    yield phone
    phone.stop()


def hand_on(lab: Lab, phone: Baresip, user: str) -> None:
    phone.command("transfer", f"sip:{user}@127.0.0.1:{lab.sip_port}")


def heard_s(mouth: RtpPort, tone_hz: int) -> float:
    """Return for how long the customer has heard a tone."""
    return tone_seconds(decode(mouth.heard(), ALAW_LEVELS), tone_hz)


def test_the_customer_talks_with_the_colleague(lab: Lab, desk: Desk) -> None:
    first, second = desk(1), desk(2)
    mouth = lab.sound()
    carrier = lab.carrier(customer_does("answers"), calls=1, sound=mouth)
    call_id = lab.dial(1)
    first.wait_for("CALL_ESTABLISHED")
    lab.node.bridged(call_id)
    mouth.speak(sound_address(carrier.seen()), tone_alaw(CUSTOMER_HZ, 4))
    wait_for("a second of the manager", lambda: len(mouth.heard()) > 8000)
    hand_on(lab, first, "desk2")
    second.wait_for("CALL_INCOMING")
    second.command("accept")
    lab.node.wait_for_event(call_id, "call.transferred")
    first.wait_for("CALL_CLOSED")
    wait_for("a second of the colleague", lambda: heard_s(mouth, COLLEAGUE_HZ) >= 1)
    lab.node.hangup(call_id)
    carrier.finished()
    call = lab.assert_ended(call_id, "connected", "completed")
    assert [(step["step"], step["result"]) for step in call["plan"]] == [("transfer", "connected")]
    assert [leg["role"] for leg in call["legs"]] == ["manager", "customer", "manager"]
    trace = first.trace()
    for said in ("202 Accepted", "Event: refer", "SIP/2.0 180 Ringing", "terminated;reason"):
        assert said in trace
    assert f"From: <sip:{HOTLINE}@" in second.trace()
    for phone in (first, second):
        assert customer_number(customer_of(1))[3:] not in phone.trace()
    _, samples = lab.recording(call_id)
    assert tone_seconds(samples[:, 1], MANAGER_HZ) >= 0.8
    assert tone_seconds(samples[:, 1], COLLEAGUE_HZ) >= 0.8
    assert tone_seconds(samples[:, 0], CUSTOMER_HZ) >= 1


def test_the_colleague_declines_and_the_talk_goes_on(
    lab: Lab, desk: Desk, linphone: Linphone
) -> None:
    colleague = desk(2)
    mouth = lab.sound()
    carrier = lab.carrier(customer_does("answers"), calls=1, sound=mouth)
    call_id = lab.dial(1)
    wait_for("linphone rings", lambda: "180 Ringing" in linphone.trace())
    linphone.command("answer")
    lab.node.bridged(call_id)
    linphone.command(f"transfer sip:desk2@127.0.0.1:{lab.sip_port}")
    colleague.wait_for("CALL_INCOMING")
    colleague.command("hangup")
    wait_for("linphone is told", lambda: "terminated;reason" in linphone.trace())
    known = heard_s(mouth, MANAGER_HZ)
    wait_for("the manager again", lambda: heard_s(mouth, MANAGER_HZ) > known + 0.5)
    linphone.command("terminate")
    carrier.finished()
    call = lab.assert_ended(call_id, "connected", "completed")
    assert (call["failure"], call["hangup_source"]) == (None, "manager")
    assert [step["step"] for step in call["plan"]] == ["transfer"]


@pytest.mark.parametrize("user", ["+12025550123", "110", "nobody", "desk1"])
def test_nobody_else_can_be_named(lab: Lab, desk: Desk, user: str) -> None:
    """baresip hangs up by itself when it is refused."""
    phone = desk(1)
    carrier = lab.carrier(customer_does("answers"), calls=1)
    call_id = lab.dial(1)
    phone.wait_for("CALL_ESTABLISHED")
    lab.node.bridged(call_id)
    hand_on(lab, phone, user)
    refusal = "403 Forbidden" if user == "desk1" else "404 Not Found"
    wait_for("the refusal", lambda: refusal in phone.trace())
    carrier.finished()
    call = lab.assert_ended(call_id, "connected", "completed")
    assert (call["plan"], len(call["legs"])) == ([], 2)
