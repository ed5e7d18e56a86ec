"""What must be true of a call in the lab, by what its witnesses saw.

Each function returns what is wrong, in the user's words; nothing when all is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from voicegw.demo.sound import CUSTOMER_HZ, MANAGER_HZ, RATE_HZ, read_wav, tone_seconds
from voicegw.model.numbers import normalise, spellings

_MARKER_HEARD_S = 0.5
_MARKER_LEAKED_S = 0.2


def faults_of_record(call: Mapping[str, Any], least_talk_s: float) -> list[str]:
    """Judge the API's record of a call that should have connected both."""
    faults = []
    if call["status"] != "completed" or call["outcome"] != "connected":
        faults.append(f"the call ended as {call['status']} / {call['outcome']}")
    if (call["talk_s"] or 0) < least_talk_s:
        faults.append(f"the call lasted {call['talk_s']} s")
    return faults


def faults_of_displays(seen: Mapping[str, Sequence[str]], hotline: str) -> list[str]:
    """Judge the displays: the hotline and nothing else."""
    return [
        f"the {who}'s display showed {', '.join(numbers) or 'no number'}, not the hotline alone"
        for who, numbers in seen.items()
        if list(numbers) != [hotline]
    ]


def faults_of_ear(who: str, heard: Mapping[str, Any] | None, frequency_hz: int) -> list[str]:
    """Judge what a telephone heard: the marker of the other's voice."""
    if not heard:
        return [f"the {who}'s phone did not end its call"]
    if tone_seconds(read_wav(Path(heard["path"]))[:, 0], frequency_hz) < _MARKER_HEARD_S:
        return [f"the {who} did not hear the other"]
    return []


def faults_of_bytes(what: str, data: bytes, numbers: Sequence[str]) -> list[str]:
    """Search `data` for every spelling of numbers that must not be there."""
    for number in numbers:
        whole = normalise(number) or number
        if any(spelling.encode() in data for spelling in spellings(whole)):
            return [f"{what} holds a number that must not be there"]
    return []


def judge_recording(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Return a recording's shape and what is wrong with it: customer left, manager right."""
    samples, rate_hz = soundfile.read(path, dtype="int16", always_2d=True)
    channels = samples.shape[1]
    shape = {
        "path": str(path),
        "duration_s": round(len(samples) / rate_hz, 2),
        "channels": channels,
    }
    if channels != 2 or rate_hz != RATE_HZ:
        return shape, [f"the recording has {channels} channel(s) at {rate_hz} Hz"]
    faults = []
    for channel, name, own_hz, other_hz in (
        (0, "left", CUSTOMER_HZ, MANAGER_HZ),
        (1, "right", MANAGER_HZ, CUSTOMER_HZ),
    ):
        sound = samples[:, channel].astype(np.int16)
        if tone_seconds(sound, own_hz) < _MARKER_HEARD_S:
            faults.append(f"the recording's {name} channel lacks its speaker")
        if tone_seconds(sound, other_hz) > _MARKER_LEAKED_S:
            faults.append(f"the recording's {name} channel has the other speaker too")
    return shape, faults
