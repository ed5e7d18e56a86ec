"""Wait for a manager: music, now and then how many are before the caller, a key to be called back.

The caller is answered. Waiting and being entertained go on side by side, so there is always
something to be heard until somebody has taken the call.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from voicegw.calls.beside import first_of
from voicegw.calls.caller import Caller
from voicegw.calls.interruption import LegFailure, LegLost
from voicegw.calls.leg import CallLeg
from voicegw.calls.outcome import ending_of_callback
from voicegw.calls.ring_round import ring_round
from voicegw.calls.speech import loop
from voicegw.calls.steps.taken import StepTaken
from voicegw.calls.waiting_room import Place
from voicegw.errors import NotFoundError, StoreUnavailableError
from voicegw.model.call import LegResult, LegRole, PlanStepRecord
from voicegw.model.directory import Manager
from voicegw.model.event import EventType
from voicegw.model.routing import QueueRouting
from voicegw.routing.plan import PlanStep, StepResult
from voicegw.routing.queue import Departure, QueueKey

_log = logging.getLogger(__name__)

_CALLBACK_KEY: Final = "1"
_MUSIC: Final = "moh"
_SLACK_S: Final = 1.0
"""How much longer than its sound an announcement may take whose end is not told."""
_DEPARTURES: Final = {
    StepResult.CALLBACK: Departure.CALLBACK,
    StepResult.TIMED_OUT: Departure.TIMED_OUT,
}


async def wait_in_queue(
    caller: Caller,
    step: PlanStep,
    failure: LegFailure | None,  # noqa: ARG001 - a step's signature
) -> StepTaken:
    """Wait until a manager has taken the call, the caller asks to be called back, or too long."""
    if not step.managers:
        return StepTaken(StepResult.EMPTY)
    call, routing = caller.call, step.queue or QueueRouting()
    key = QueueKey(caller.hotline.id, step.group_id or caller.hotline.group_id)
    wants = [manager.id for manager in step.managers]
    place = call.parts.waiting_room.enter(call, call.record.id, key, wants, routing)
    if place is None:
        return StepTaken(StepResult.FULL, failure=LegFailure(LegRole.MANAGER, LegResult.BUSY))
    how = Departure.ENDED
    try:
        taken = await _Waiting(caller, step, routing, place).run()
        how = _DEPARTURES.get(taken.result, how)
        if taken.manager is not None:
            # Only now: what breaks into the call until here makes it another departure.
            place.answered(taken.manager.record.manager_id or "")
    except LegLost as lost:
        how = Departure.ABANDONED if lost.role is LegRole.CUSTOMER else how
        raise
    finally:
        place.leave(how)
    if taken.result is StepResult.CALLBACK:
        await caller.hear_last("callback_confirmed")
    return taken


@dataclass(slots=True)
class _Waiting:
    """One caller's time in a queue."""

    caller: Caller
    step: PlanStep
    routing: QueueRouting
    place: Place
    _told: int | None = None
    """The position that outsiders were told last."""

    async def run(self) -> StepTaken:
        """Return what ended it. Raises what breaks into the call."""
        caller, call = self.caller, self.caller.call
        ends_at = call.parts.clock.monotonic() + self.routing.max_wait_s
        await caller.answer()
        call.sound.gather(caller.leg, on=True)
        taken = await first_of(call, [self._be_served(ends_at), self._be_entertained()])
        call.sound.gather(caller.leg, on=False)
        # Somebody who serves, or the time, always comes; the helper that entertains goes on.
        return taken or self._timed_out()

    async def _be_served(self, ends_at: float) -> StepTaken:
        """Have those rung who are offered, until one takes the call or the time is over."""
        call, place = self.caller.call, self.place
        while (left_s := ends_at - call.parts.clock.monotonic()) > 0:
            offered = await call.until(lambda: place.offered, left_s)
            if not offered:
                break
            ready = await self._ready(offered)
            if ready:
                answer = await ring_round(self.caller, ready, self.routing.ring_s, place.missed)
                if isinstance(answer, CallLeg):
                    who = answer.record.manager_id
                    return StepTaken(StepResult.CONNECTED, manager=answer, target=who)
            place.again()
        return self._timed_out()

    async def _ready(self, offered: Sequence[str]) -> list[Manager]:
        """Return who of those offered may still be rung: the plan is as old as the caller's wait.

        Others rest, so that they are offered to nobody for a while.
        """
        parts = self.caller.call.parts
        ready = []
        for manager_id in offered:
            try:
                manager = await parts.facts.ready(manager_id, parts.clock.now())
            except StoreUnavailableError:
                manager = next(one for one in self.step.managers if one.id == manager_id)
            if manager is None:
                self.place.missed(manager_id)
            else:
                ready.append(manager)
        return ready

    def _timed_out(self) -> StepTaken:
        failure = LegFailure(LegRole.MANAGER, LegResult.NO_ANSWER)
        return StepTaken(StepResult.TIMED_OUT, failure=failure)

    async def _be_entertained(self) -> StepTaken | None:
        """Play music and announcements to the caller until the key is pressed that ends them."""
        call, leg, routing = self.caller.call, self.caller.leg, self.routing
        may_leave = routing.callback and leg.record.number is not None
        while True:
            self._tell_position()
            if not self.place.offered and await self._announced(may_leave=may_leave):
                break
            self._play_music()
            every_s = float(routing.announce_every_s) or None
            pressed = await call.until(lambda: self._pressed(may_leave=may_leave), every_s)
            if pressed:
                break
        return StepTaken(StepResult.CALLBACK, ending=ending_of_callback())

    async def _announced(self, *, may_leave: bool) -> bool:
        """Say how many are before the caller; True as soon as the key is pressed."""
        call = self.caller.call
        names = self._announcement(may_leave=may_leave)
        playback = call.sound.playback(*names, leg=self.caller.leg)
        call.sound.connect(playback, self.caller.leg)

        def look() -> str | None:
            if self._pressed(may_leave=may_leave):
                return _CALLBACK_KEY
            return "played" if call.sound.has_played(playback.id) else None

        length_s = sum(one.duration_ms for one in playback.prompts) / 1000
        return await call.until(look, length_s + _SLACK_S) == _CALLBACK_KEY

    def _announcement(self, *, may_leave: bool) -> tuple[str, ...]:
        """Return the prompts that say how many are before the caller, and how long it may take."""
        call, estimate_s = self.caller.call, self.place.estimate_s
        speaker = call.parts.speaker.speaking(call.sound.language(self.caller.leg))
        return (
            *speaker.queue_position(self.place.ahead),
            *(() if estimate_s is None else speaker.estimated_wait(_in_minutes(estimate_s))),
            *(("queue_callback",) if may_leave else ()),
        )

    def _pressed(self, *, may_leave: bool) -> bool:
        """Whether the key has been pressed; others count for nothing."""
        sound, leg = self.caller.call.sound, self.caller.leg
        while (digit := sound.next_digit(leg)) is not None:
            if digit == _CALLBACK_KEY and may_leave:
                return True
        return False

    def _play_music(self) -> None:
        call, leg = self.caller.call, self.caller.leg
        try:
            loop(call, leg, self.routing.music)
        except NotFoundError:
            _log.warning(
                "no such music, the shipped one is played", extra={"prompt": self.routing.music}
            )
            loop(call, leg, _MUSIC)

    def _tell_position(self) -> None:
        """Tell outsiders the caller's position, where it is another than before."""
        ahead = self.place.ahead
        if ahead == self._told:
            return
        self._told = ahead
        record = self._record()
        if record is not None:
            record.position = ahead + 1
        self.caller.call.save(EventType.CALL_STEP)

    def _record(self) -> PlanStepRecord | None:
        """Return the record of this step, which is the one under way: the walk's, or a flow's."""
        plan = self.caller.call.record.plan
        return plan[-1] if plan else None


def _in_minutes(seconds: float) -> float:
    """Return a wait as it is told: in whole minutes from one on, rounded up."""
    return seconds if seconds < 60 else 60 * math.ceil(seconds / 60)
