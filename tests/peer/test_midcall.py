"""Hold, asking a colleague and three in a talk, with telephones of other makers and their tones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from recordings.finishing.g711 import ALAW_LEVELS, decode
from tests.parts.baresip import Baresip
from tests.parts.lab import Lab, customer_does, make_lab
from tests.parts.node import wait_for
from tests.parts.rtp import RtpPort, loudness, sound_address, tone_alaw
from tests.parts.sipp import Sipp
from voicegw.demo.sound import CUSTOMER_HZ, MANAGER_HZ

pytestmark = pytest.mark.peer

COLLEAGUE_HZ = 1300
_WINDOW = 800
_AUDIBLE = 1500


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
def desks(lab: Lab, tmp_path: Path) -> Iterator[tuple[Baresip, Baresip]]:
    """Return the telephones of both managers; they answer by themselves."""
    made = [
        Baresip(
            tmp_path / f"desk{manager}",
            user=f"desk{manager}",
            password=f"secret{manager}",
            host=f"127.0.0.{44 + manager}",
            server=f"127.0.0.1:{lab.sip_port}",
            tone_hz=tone_hz,
            rtp_low=32000 + 100 * manager,
        )
        for manager, tone_hz in ((1, MANAGER_HZ), (2, COLLEAGUE_HZ))
    ]
    yield made[0], made[1]
    for phone in made:
        phone.stop()


def talking(lab: Lab, first: Baresip) -> tuple[str, RtpPort, Sipp]:
    """Have the first manager talk with a customer who speaks a tone for long enough."""
    mouth = lab.sound()
    carrier = lab.carrier(customer_does("answers"), calls=1, sound=mouth)
    call_id = lab.dial(1)
    first.wait_for("CALL_ESTABLISHED")
    lab.node.bridged(call_id)
    mouth.speak(sound_address(carrier.seen()), tone_alaw(CUSTOMER_HZ, 15))
    wait_for("half a second of the manager", lambda: heard_s(mouth, MANAGER_HZ) >= 0.5)
    return call_id, mouth, carrier


def heard_s(mouth: RtpPort, tone_hz: int) -> float:
    """Return for how long the customer has heard a tone, alone or among others."""
    return sounding_s(decode(mouth.heard(), ALAW_LEVELS), tone_hz)


def sounding_s(samples: NDArray[np.int16], tone_hz: int) -> float:
    """Return for how many seconds a tone is in `samples` of 8 kHz, alone or among others."""
    return together_s(samples, tone_hz)


def together_s(samples: NDArray[np.int16], *tones_hz: int) -> float:
    """Return for how many seconds all of these tones are in `samples` of 8 kHz at once."""
    windows = [samples[at : at + _WINDOW] for at in range(0, len(samples) - _WINDOW, _WINDOW)]
    audible = [all(loudness(one, tone_hz) > _AUDIBLE for tone_hz in tones_hz) for one in windows]
    return sum(audible) * _WINDOW / 8000


def digits(mouth: RtpPort) -> str:
    """Return the keys the customer's telephone was told of, each once (RFC 4733)."""
    ends = [body for _, kind, body in list(mouth.packets) if kind == 101 and body[1] & 0x80]
    pressed = [one for one, before in zip(ends, [b"", *ends], strict=False) if one != before]
    return "".join("0123456789*#ABCD"[one[0]] for one in pressed)


def asked(lab: Lab, call_id: str, path: str, body: dict[str, object]) -> dict[str, object]:
    """Ask something of a call and return it."""
    status, answer = lab.node.request("POST", f"/v1/calls/{call_id}/{path}", body)
    assert status in (200, 202), answer
    return dict(answer)


def colleague(lab: Lab) -> str:
    """Return the second manager's id."""
    return str(lab.node.get("/v1/managers/by-external-id/m2")["id"])


def test_three_telephones_hear_each_other(lab: Lab, desks: tuple[Baresip, Baresip]) -> None:
    first, second = desks
    call_id, mouth, carrier = talking(lab, first)
    asked(lab, call_id, "add", {"manager_id": colleague(lab)})
    second.wait_for("CALL_ESTABLISHED")
    wait_for("a second of the colleague", lambda: heard_s(mouth, COLLEAGUE_HZ) >= 1)
    known = heard_s(mouth, MANAGER_HZ)
    wait_for("the manager beside it", lambda: heard_s(mouth, MANAGER_HZ) >= known + 4)
    first.command("hangup")
    first.wait_for("CALL_CLOSED")
    lab.node.wait_for_event(call_id, "call.transferred")
    known = heard_s(mouth, COLLEAGUE_HZ)
    wait_for("the colleague alone", lambda: heard_s(mouth, COLLEAGUE_HZ) >= known + 0.5)
    lab.node.hangup(call_id)
    carrier.finished()
    call = lab.assert_ended(call_id, "connected", "completed")
    assert [(step["step"], step["result"]) for step in call["plan"]] == [("add", "connected")]
    assert call["manager_id"] == colleague(lab)
    for hears, tone_hz in ((first, COLLEAGUE_HZ), (second, MANAGER_HZ)):
        heard = hears.heard()
        assert sounding_s(heard, CUSTOMER_HZ) >= 1
        assert sounding_s(heard, tone_hz) >= 0.8
    _, samples = lab.recording(call_id)
    assert sounding_s(samples[:, 0], CUSTOMER_HZ) >= 1
    for tone_hz in (MANAGER_HZ, COLLEAGUE_HZ):
        assert sounding_s(samples[:, 0], tone_hz) < 0.2
        assert sounding_s(samples[:, 1], tone_hz) >= 1
    assert together_s(samples[:, 1], MANAGER_HZ, COLLEAGUE_HZ) >= 3


def test_a_colleague_is_asked_and_takes_over(lab: Lab, desks: tuple[Baresip, Baresip]) -> None:
    first, second = desks
    call_id, mouth, carrier = talking(lab, first)
    asked(lab, call_id, "transfer", {"manager_id": colleague(lab), "mode": "consult"})
    second.wait_for("CALL_ESTABLISHED")
    lab.node.wait_for_event(call_id, "call.held")
    wait_for("asking", lambda: lab.node.get(f"/v1/calls/{call_id}")["plan"][0]["result"])
    known = heard_s(mouth, MANAGER_HZ)
    assert heard_s(mouth, COLLEAGUE_HZ) == 0
    first.command("hangup")
    lab.node.wait_for_event(call_id, "call.transferred")
    wait_for("a second of the colleague", lambda: heard_s(mouth, COLLEAGUE_HZ) >= 1)
    assert heard_s(mouth, MANAGER_HZ) <= known + 0.2
    lab.node.hangup(call_id)
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")
    assert sounding_s(second.heard(), CUSTOMER_HZ) >= 0.5
    # What the two said of the customer is not recorded.
    _, samples = lab.recording(call_id)
    assert together_s(samples[:, 1], MANAGER_HZ, COLLEAGUE_HZ) < 0.2
    assert sounding_s(samples[:, 1], COLLEAGUE_HZ) >= 0.8


def test_held_by_keys_and_other_keys_reach_the_customer(
    lab: Lab, desks: tuple[Baresip, Baresip]
) -> None:
    first, _ = desks
    call_id, mouth, carrier = talking(lab, first)
    for key in "*1":
        first.command("sndcode", key)
    lab.node.wait_for_event(call_id, "call.held")
    assert lab.node.get(f"/v1/calls/{call_id}")["held_by"] == "keypad"
    for key in "*1":
        first.command("sndcode", key)
    lab.node.wait_for_event(call_id, "call.unheld")
    known = heard_s(mouth, MANAGER_HZ)
    wait_for("the manager again", lambda: heard_s(mouth, MANAGER_HZ) >= known + 0.5)
    assert digits(mouth) == ""
    for key in "7#":
        first.command("sndcode", key)
    wait_for("both keys", lambda: digits(mouth) == "7#")
    lab.node.hangup(call_id)
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")
