"""Saying and asking for a flow: prompts that a key ends, digits within their times.

Whoever is asked and waits hears that the line is there (:mod:`voicegw.calls.key_wait`). What is
secret is kept out of the capture.
"""

from __future__ import annotations

from voicegw.calls.caller import Caller
from voicegw.calls.flow_terms import Collect, Collected, Play, Say
from voicegw.calls.key_wait import SECRET_TAIL_S, next_key
from voicegw.calls.speech import PATIENCE_S, loop, say
from voicegw.media.engine import Silence
from voicegw.model.recording import MarkKind


class FlowEar:
    """The caller's side for as long as a flow has the word. `open` before use, `close` after."""

    def __init__(self, caller: Caller) -> None:
        """Begin with a caller who may not be answered yet."""
        self._caller = caller
        self._call = caller.call
        self._leg = caller.leg
        self._is_open = False
        self._secret_until: float | None = None

    async def open(self) -> None:
        """Answer the caller, if that has not been done, and keep what is pressed from here on.

        Raises SdpError.
        """
        await self._caller.answer()
        if not self._is_open:
            self._is_open = True
            self._call.sound.gather(self._leg, on=True)

    async def close(self) -> None:
        """Let what is pressed go its usual way again, and the capture go on."""
        if self._secret_until is not None:
            await self._call.pause(self._secret_until - self._call.parts.clock.monotonic())
            self._call.sound.mark(MarkKind.RESUME, {"by": "secret"})
            self._secret_until = None
        if self._is_open:
            self._is_open = False
            self._call.sound.gather(self._leg, on=False)

    async def say(self, wanted: Say) -> None:
        """Say prompts, to their end or to a key, which is then the first for what follows.

        Raises NotFoundError when there is no such prompt.
        """
        await self.open()
        sound = self._call.sound
        sound.speak(self._leg, wanted.language)
        if wanted.can_skip:
            await self._play_until_key(wanted.prompts)
            return
        await say(self._call, self._leg, names=wanted.prompts)
        sound.forget_digits(self._leg)

    async def play(self, wanted: Play) -> None:
        """Play one sound for its time, or to a key. Raises NotFoundError."""
        await self.open()
        sound = self._call.sound
        sound.speak(self._leg, wanted.language)
        loop(self._call, self._leg, wanted.sound)
        if wanted.until_key:
            await self._call.until(lambda: sound.has_digit(self._leg), wanted.for_s)
        else:
            await self._call.pause(wanted.for_s)
            sound.forget_digits(self._leg)
        sound.connect(Silence(), self._leg)

    async def collect(self, wanted: Collect) -> Collected:
        """Ask for digits and return those that came in time. Raises NotFoundError."""
        await self.open()
        clock = self._call.parts.clock
        if wanted.is_secret and self._secret_until is None:
            self._call.sound.mark(MarkKind.PAUSE, {"by": "secret"})
            self._secret_until = clock.monotonic()
        self._call.sound.speak(self._leg, wanted.language)
        await self._play_until_key(wanted.prompts)
        digits, wait_s = "", wanted.wait_s
        while len(digits) < wanted.max_digits:
            digit = await next_key(self._call, self._leg, wait_s)
            if wanted.is_secret:
                self._secret_until = clock.monotonic() + SECRET_TAIL_S
            if digit is None:
                break
            if digit == wanted.end_key:
                return Collected(digits, is_ended=True)
            digits, wait_s = digits + digit, wanted.between_s
        return Collected(digits)

    async def _play_until_key(self, names: tuple[str, ...]) -> None:
        sound, leg = self._call.sound, self._leg
        playback = sound.playback(*names, leg=leg)
        if not names or sound.has_digit(leg):
            return
        sound.connect(playback, leg)
        length_s = sum(one.duration_ms for one in playback.prompts) / 1000
        await self._call.until(
            lambda: sound.has_digit(leg) or sound.has_played(playback.id), length_s + PATIENCE_S
        )
        if not sound.has_played(playback.id):
            sound.connect(Silence(), leg)
