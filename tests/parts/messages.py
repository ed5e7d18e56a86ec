"""A hotline that takes messages, and a caller who leaves one."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ivr.g711 import encode_alaw
from tests.parts.lab import CALLER_HOST, HOTLINE
from tests.parts.raw_lab import RawLab
from tests.parts.raw_sip import Leg, description
from tests.parts.rtp import RtpPort, sine

MESSAGE_HZ = 700
CLICK_PEAK = 20_000
FIRST_CLICK_S = 0.5
_RATE_HZ = 8000


@dataclass
class Message:
    """A caller who speaks after the beep, since `began` (seconds since the epoch)."""

    call_id: str
    caller: Leg
    sound: RtpPort
    target: tuple[str, int]
    began: float


def take_messages(raw: RawLab, **more: object) -> None:
    """Have the first hotline take messages; `more` is what else to change of it."""
    node = raw.lab.node
    (known,) = [one for one in node.get("/v1/hotlines")["items"] if one["number"] == HOTLINE]
    body = {key: known[key] for key in ("number", "group_id", "name", "announce")}
    routing = {"voicemail": {"max_s": 60, "min_s": 1.0}}
    wanted = {**body, "answer": "at_once", "routing": routing, **more}
    status, answer = node.request("PUT", f"/v1/hotlines/{known['id']}", wanted)
    assert status == 200, answer


def begin_message(raw: RawLab) -> Message:
    """Have the owner decline, and the caller speak after the beep."""
    known = raw.lab.node.call_ids()
    sound = raw.lab.sound(CALLER_HOST)
    caller = raw.calling(HOTLINE)
    caller.invite(description(sound.port, host=CALLER_HOST))
    answer = caller.expect(200)
    caller.ack(answer)
    (call_id,) = raw.lab.node.new_calls(known)
    invite, owner = raw.manager_rung(1)
    owner.answer(invite, 603)
    owner.expect("ACK")
    # Greeting and beep last half a second; whoever waits for the silence after them speaks then.
    time.sleep(1.0)
    began = time.time()
    sound.speak(answer.sound, clicking_tone())
    return Message(call_id, caller, sound, answer.sound, began)


def clicking_tone() -> bytes:
    """Return a tone with a click in its middle, as raw A-law, that comes again each second."""
    samples = sine(MESSAGE_HZ, 1 + 159 / _RATE_HZ, 3000)
    first = round(FIRST_CLICK_S * _RATE_HZ)
    samples[first : first + 40] = CLICK_PEAK
    return encode_alaw(samples)
