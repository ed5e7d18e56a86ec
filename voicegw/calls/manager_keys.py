"""The keys of the manager who talks: commands are kept, all others are pressed at the far end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from voicegw.calls.keypad_commands import Command, StarKeys
from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall

Hearers = Callable[[], Sequence[CallLeg]]


class ManagerKeys:
    """Listens to one leg at a time, where `policy.keypad_commands` is on.

    Only a leg that is known to be a manager's commands anything. Its keys arrive as telephone
    events or by INFO; tones in the sound are left alone, for the far end has heard them already.
    """

    def __init__(self, call: LiveCall) -> None:
        """Listen to nobody yet."""
        self._call = call
        self._leg: CallLeg | None = None
        self._hearers: Hearers = tuple
        self._stars = StarKeys()
        self._alarm: asyncio.TimerHandle | None = None

    def listen(self, leg: CallLeg, hearers: Hearers) -> None:
        """Keep the keys of `leg` from now on; `hearers` get those that are no commands."""
        self.stop()
        if not self._call.parts.settings.keypad_commands or leg.record.manager_id is None:
            return
        self._leg, self._hearers = leg, hearers
        self._call.sound.gather(leg, on=True, tones=False)

    def stop(self) -> None:
        """Listen to nobody; what was kept back is forgotten."""
        if self._leg is not None and self._leg.ended is None:
            self._call.sound.gather(self._leg, on=False)
        self._leg, self._hearers = None, tuple
        self._stars = StarKeys()
        self._silence_alarm()

    def forget(self) -> None:
        """The call is over: nothing is to be listened to or passed on."""
        self._leg, self._hearers = None, tuple
        self._silence_alarm()

    def command(self) -> Command | None:
        """Return the next command, if one has come; pass on what is none."""
        if self._leg is None:
            return None
        now = self._call.parts.clock.monotonic()
        self._pass_on(self._stars.overdue(now))
        while (digit := self._call.sound.next_digit(self._leg)) is not None:
            passed, command = self._stars.press(digit, now)
            self._pass_on(passed)
            if command is not None:
                return command
        self._silence_alarm()
        if self._stars.due_at is not None:
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_later(max(0.0, self._stars.due_at - now), self._call.wake)
        return None

    def _silence_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _pass_on(self, digits: str) -> None:
        for digit in digits:
            for leg in self._hearers():
                self._call.sound.press(leg, digit)
