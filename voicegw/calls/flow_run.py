"""Runs a flow for a caller: does what its commands say and writes down each step taken.

Whatever a flow does not do by itself it asks for as a step of a plan, so that there is one queue,
one voicemail and one way to ring an owner. A flow that can't go on (a prompt that is gone, too many
steps) gives the caller to the hotline's own plan: a mistake in a file loses no caller.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from voicegw.calls.caller import Caller
from voicegw.calls.choices import Choices
from voicegw.calls.flow_ear import FlowEar
from voicegw.calls.flow_steps import find_step
from voicegw.calls.flow_terms import (
    Answered,
    Ask,
    AskAfterwards,
    Collect,
    Done,
    Event,
    Flow,
    FlowContext,
    HangUp,
    Move,
    Play,
    Say,
    Take,
    Taken,
    Unanswered,
    WalkPlan,
)
from voicegw.calls.interruption import LegFailure
from voicegw.calls.outcome import Ending, ending_of_failure, ending_of_nobody, lasting
from voicegw.calls.shared_number import choose
from voicegw.calls.speech import loop
from voicegw.calls.walk import RINGING, STEPS, connect, walk
from voicegw.errors import NotFoundError, StoreUnavailableError
from voicegw.media.engine import Silence
from voicegw.model.call import (
    CallOutcome,
    Direction,
    HangupSource,
    LegResult,
    LegRole,
    PlanStepRecord,
)
from voicegw.routing.plan import PlanStep, SkipReason, StepResult

_log = logging.getLogger(__name__)

_MUSIC_AFTER_S: Final = 0.8
"""How long an outside system may think before the caller hears music."""


@dataclass(frozen=True, slots=True)
class FlowStart:
    """The flow that a caller is to go through, and what it may know of the call."""

    flow: Flow
    context: FlowContext


async def run_flow(caller: Caller, start: FlowStart, choices: Choices, max_talk_s: float) -> Ending:
    """Run a flow to the end of the call; `choices` is what the hotline does without it.

    Raises what the call's primitives raise.
    """
    return await _FlowCall(caller, start, choices, max_talk_s, FlowEar(caller)).run()


@dataclass(slots=True)
class _FlowCall:
    """One call in a flow."""

    caller: Caller
    start: FlowStart
    choices: Choices
    max_talk_s: float
    ear: FlowEar
    failure: LegFailure | None = None
    """Why nobody was reached so far."""
    record: PlanStepRecord | None = None
    """Of the step that is being taken."""

    async def run(self) -> Ending:
        run = self.start.flow.run()
        move = run.begin(self.start.context)
        try:
            while True:
                self._write_down(move)
                event = await self._do(move)
                if isinstance(event, Ending):
                    return event
                move = run.next(event)
        except NotFoundError as error:
            # A prompt was deleted after the flow was checked.
            _log.error(
                "a flow can't go on",
                extra={
                    "call_id": self.caller.call.record.id,
                    "flow": self._place(move.step),
                    "why": error.kind,
                },
            )
            self._close(str(StepResult.FAILED), f"no-{error.kind}")
        except BaseException:
            self._close(str(StepResult.CANCELED))
            raise
        return await self._walk_plan()

    # -- the record --------------------------------------------------------------------------------

    def _place(self, step: str) -> str:
        flow = self.start.flow
        return f"flow:{flow.name}@{flow.version}/{step}"

    def _write_down(self, move: Move) -> None:
        """Write the steps that were left, and the one that is being taken, into the call."""
        for passed in move.passed:
            if self.record is None:
                self._open(passed.step, passed.verb)
            self._close(passed.result, passed.reason)
        if self.record is None:
            self._open(move.step, move.verb)

    def _open(self, step: str, verb: str) -> None:
        self.record = PlanStepRecord(step=self._place(step), target=verb)
        self.caller.call.record.plan.append(self.record)

    def _close(self, result: str, reason: str | None = None) -> None:
        if self.record is not None:
            self.record.result = result
            self.record.reason = reason or self.record.reason
        self.record = None

    # -- the commands ------------------------------------------------------------------------------

    async def _do(self, move: Move) -> Event | Ending:
        match move.command:
            case Say() as wanted:
                await self.ear.say(wanted)
            case Play() as wanted:
                await self.ear.play(wanted)
            case Collect() as wanted:
                return await self.ear.collect(wanted)
            case Ask() as wanted:
                return await self._ask(wanted)
            case AskAfterwards(survey=survey):
                self._ask_afterwards(survey)
            case Take() as wanted:
                return await self._take(wanted)
            case WalkPlan(reason=reason):
                self._close(str(StepResult.DONE), reason)
                return await self._walk_plan()
            case HangUp() as wanted:
                return await self._hang_up(wanted)
        return Done()

    async def _ask(self, wanted: Ask) -> Answered | Unanswered:
        """Ask an outside system; a caller who is answered hears music when it takes long."""
        call, leg = self.caller.call, self.caller.leg
        task = call.have_helped(call.parts.outside.ask(wanted))
        try:
            is_done = await call.until(task.done, min(_MUSIC_AFTER_S, wanted.timeout_s))
            if not is_done and leg.answered:
                loop(call, leg, "moh")
            # It keeps its time by itself; whoever does not is not waited for.
            if not is_done and not await call.until(task.done, wanted.timeout_s + _MUSIC_AFTER_S):
                return Unanswered("timeout")
            return task.result()
        finally:
            task.cancel()
            if leg.answered and leg.ended is None:
                call.sound.connect(Silence(), leg)

    def _ask_afterwards(self, survey: str) -> None:
        """Have this call's customer asked another survey than the hotline's."""
        hotline = self.caller.hotline
        after = msgspec.structs.replace(hotline.after_call, survey=survey)
        changed = msgspec.structs.replace(hotline, after_call=after)
        self.caller = replace(self.caller, hotline=changed)

    async def _take(self, wanted: Take) -> Taken | Ending:
        """Take a step of a plan. An ending is the call's; whoever was won talks to its end."""
        await self._leave(with_ring_back=wanted.kind in RINGING)
        try:
            step = await find_step(self.caller, wanted, self.choices.likely.match)
        except StoreUnavailableError as error:
            return self._failed(error)
        if step is None or step.skip_reason is not None:
            return self._skipped(step)
        taken = await STEPS[step.kind](self.caller, step, self.failure)
        if self.record is not None:
            self.record.target = taken.target or (step.manager.id if step.manager else None)
        if taken.manager is not None or taken.ending is not None:
            self._close(str(taken.result), taken.reason)
        if taken.manager is not None:
            return await connect(self.caller, taken.manager, self.max_talk_s)
        if taken.ending is not None:
            return taken.ending
        self.failure = lasting(self.failure, taken.failure)
        return Taken(taken.result)

    def _failed(self, error: StoreUnavailableError) -> Taken:
        """Go on without a step of which nothing is known, and was never."""
        if self.record is not None:
            self.record.reason = error.slug
        return Taken(StepResult.FAILED)

    def _skipped(self, step: PlanStep | None) -> Taken:
        if step is None or step.skip_reason is None:
            return Taken(StepResult.EMPTY)
        if self.record is not None:
            self.record.reason = str(step.skip_reason)
        if step.skip_reason is SkipReason.BUSY:
            self.failure = lasting(self.failure, LegFailure(LegRole.MANAGER, LegResult.BUSY))
            return Taken(StepResult.BUSY)
        return Taken(StepResult.SKIPPED)

    async def _walk_plan(self) -> Ending:
        """Leave the flow for the hotline's own plan; whoever may be several is asked there."""
        await self._leave(with_ring_back=not self.choices.offered)
        choice = self.choices.likely
        if self.choices.offered:
            choice = await choose(self.caller, self.choices.offered) or choice
            self.caller = replace(self.caller, customer=choice.match.customer)
        return await walk(self.caller, choice.plan, self.max_talk_s)

    async def _leave(self, *, with_ring_back: bool) -> None:
        """Stop listening to keys."""
        leg = self.caller.leg
        if leg.answered and with_ring_back:
            loop(self.caller.call, leg, "ringback_cn")
        await self.ear.close()

    async def _hang_up(self, wanted: HangUp) -> Ending:
        """Say the last there is to say; who was informed has been served."""
        call, leg = self.caller.call, self.caller.leg
        is_served = self.failure is None and not wanted.is_missed
        if is_served and wanted.prompts:
            await self.caller.answer()
        if leg.answered:
            call.sound.speak(leg, wanted.language)
        if wanted.prompts:
            await self.caller.hear_last(*wanted.prompts)
        self._close(str(StepResult.DONE))
        if is_served and leg.answered:
            return Ending(CallOutcome.SELF_SERVICE, HangupSource.GATEWAY)
        if self.failure is None:
            return ending_of_nobody()
        return ending_of_failure(Direction.INBOUND, self.failure)
