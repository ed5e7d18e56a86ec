"""Waiting for a key: whoever thinks about it hears now and then that the line is there."""

from __future__ import annotations

from typing import Final

from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall

QUIET_S: Final = 3.0
"""How long nothing is heard at most while a key is waited for."""
SECRET_TAIL_S: Final = 1.0
"""How long the packets of a key, and its tone, may go on after it was understood."""
_CUE: Final = "tone_beep"


async def next_key(call: LiveCall, leg: CallLeg, wait_s: float) -> str | None:
    """Return the next digit gathered from `leg`, None when none comes in `wait_s`.

    After each :data:`QUIET_S` a short beep is heard. Raises what breaks into the call.
    """
    sound, left_s = call.sound, wait_s
    while left_s > QUIET_S:
        digit = await call.until(lambda: sound.next_digit(leg), QUIET_S)
        if digit is not None:
            return digit
        left_s -= QUIET_S
        sound.connect(sound.playback(_CUE, leg=leg), leg)
    return await call.until(lambda: sound.next_digit(leg), left_s)
