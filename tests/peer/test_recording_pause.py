"""What is said while a recording is paused is written nowhere: neither spool nor file holds it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.parts.lab import CALLER_HOST
from tests.parts.node import wait_for
from tests.parts.raw_lab import RawLab, module_lab, raw
from tests.parts.rtp import loudness, tone_alaw
from voicegw.media.spool import CapturedPacket, SpoolReader

__all__ = ["module_lab", "raw"]

pytestmark = pytest.mark.peer

_RATE_HZ = 8000
_OPEN_HZ, _SECRET_HZ = 500, 1500
_SAID = {hz: tone_alaw(hz, 1) for hz in (_OPEN_HZ, _SECRET_HZ)}


def captured(spool: Path) -> bytes:
    """Return all sound that a running call's spool holds."""
    return b"".join(one.payload for one in SpoolReader(spool) if isinstance(one, CapturedPacket))


def act(raw: RawLab, call_id: str, what: str) -> object:
    status, call = raw.lab.node.request("POST", f"/v1/calls/{call_id}/recording/{what}")
    assert status == 200, call
    return call["recording_paused_at"]


def test_a_pause_leaves_nothing_of_either_side(raw: RawLab) -> None:
    mouths = raw.lab.sound(CALLER_HOST), raw.lab.sound()
    talk = raw.talking(ports=(mouths[0].port, mouths[1].port))
    call_id, targets = talk.call_id, (talk.answer.sound, talk.manager_sound)

    def say(frequency_hz: int, seconds: float) -> None:
        for mouth, target in zip(mouths, targets, strict=True):
            mouth.speak(target, _SAID[frequency_hz])
        time.sleep(seconds)

    began = time.monotonic()
    say(_OPEN_HZ, 1.0)
    assert act(raw, call_id, "pause") is not None
    paused_s = time.monotonic() - began
    say(_SECRET_HZ, 1.2)
    assert wait_for("the other's tone", lambda: _SAID[_SECRET_HZ][:160] in mouths[0].heard())
    say(_OPEN_HZ, 0.3)
    assert act(raw, call_id, "resume") is None
    resumed_s = time.monotonic() - began
    say(_OPEN_HZ, 1.0)
    (spool,) = Path(raw.lab.folder, "data", "spool").glob("*.spool")
    sound = captured(spool)
    assert _SAID[_OPEN_HZ][:160] in sound
    assert _SAID[_SECRET_HZ][:160] not in sound
    raw.lab.node.hangup(call_id)
    raw.over()
    raw.ended(call_id)
    _, samples = raw.lab.recording(call_id)

    for channel in samples.T:
        assert loudness(channel, _SECRET_HZ) < 30
        middle = channel[round((paused_s + 0.3) * _RATE_HZ) : round((resumed_s - 0.3) * _RATE_HZ)]
        assert not middle.any()
        after = channel[round((resumed_s + 0.3) * _RATE_HZ) :][:4000]
        assert loudness(after, _OPEN_HZ) > 3000
    told = [kind for kind in raw.lab.node.event_types(call_id) if "recording_" in kind]
    assert told == ["call.recording_paused", "call.recording_resumed"]
    status, body = raw.lab.node.request("POST", f"/v1/calls/{call_id}/recording/pause")
    assert (status, body["code"]) == (409, "not-recording")
