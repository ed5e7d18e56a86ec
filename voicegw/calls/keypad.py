"""What somebody presses on a telephone while the gateway asks: a number, a code, a PIN.

A key ends the prompt and is the first of the entry; `#` ends the entry. What is secret is kept out
of the capture, whole: packets of events, tones in the sound, and what telephones send beside them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from voicegw.calls.key_wait import SECRET_TAIL_S, next_key
from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.media.engine import Silence
from voicegw.model.recording import MarkKind

END_KEY: Final = "#"
STAR: Final = "*"
MAX_DIGITS: Final = 24
"""Longer than any number; what comes after it counts for nothing."""

_FIRST_S: Final = 10.0
_BETWEEN_S: Final = 5.0
_PATIENCE_S: Final = 10.0
"""How much longer than its sound a prompt may take whose end is not told."""


class Keypad:
    """The keys of one leg, kept for the flow as long as it listens.

    Whoever hangs up meanwhile breaks into the flow as ever.
    """

    def __init__(self, call: LiveCall, leg: CallLeg) -> None:
        """Ask `leg` of `call`, which is answered."""
        self._call = call
        self._leg = leg

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Keypad]:
        """Keep what is pressed, from here to the end of the block, instead of relaying it."""
        self._call.sound.gather(self._leg, on=True)
        try:
            yield self
        finally:
            self._call.sound.gather(self._leg, on=False)

    @asynccontextmanager
    async def secretly(self) -> AsyncIterator[None]:
        """Capture nothing of the call, from here to a little after the end of the block."""
        self._call.sound.mark(MarkKind.PAUSE, {"by": "secret"})
        yield
        # Only here: a call that ends meanwhile captures nothing more, not even the last key.
        await self._call.pause(SECRET_TAIL_S)
        self._call.sound.mark(MarkKind.RESUME, {"by": "secret"})

    async def ask(self, *prompts: str, star_ends: bool = False) -> str:
        """Say `prompts` and return what was pressed before `#`, or until nothing more came.

        Empty when nothing came. A `*` begins the entry anew; with `star_ends` one that comes first
        is the whole entry. Raises NotFoundError when there is no such prompt.
        """
        digit = await self._prompted(prompts)
        entry = ""
        while digit is not None and digit != END_KEY:
            if digit != STAR:
                entry = (entry + digit)[:MAX_DIGITS]
            elif star_ends and not entry:
                return STAR
            else:
                entry = ""
            digit = await next_key(self._call, self._leg, _BETWEEN_S)
        return entry

    async def _prompted(self, prompts: tuple[str, ...]) -> str | None:
        """Say `prompts` until a key comes, and wait for it; None when none does."""
        sound, leg = self._call.sound, self._leg
        playback = sound.playback(*prompts)
        sound.connect(playback, leg)
        length_s = sum(one.duration_ms for one in playback.prompts) / 1000
        first = await self._call.until(
            lambda: sound.next_digit(leg) or sound.has_played(playback.id), length_s + _PATIENCE_S
        )
        if isinstance(first, str):
            sound.connect(Silence(), leg)
            return first
        return await next_key(self._call, self._leg, _FIRST_S)
