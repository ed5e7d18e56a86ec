"""A customer dials the hotline: ring the owner by the plan, tell both of the recording, bridge.

Whoever can't be reached ends in a spoken sentence and the right SIP code, never in dead air.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from voicegw.calls.interruption import Interruption, LegFailed, LegFailure
from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.calls.outcome import Ending, ending_of_failure, ending_of_nobody
from voicegw.calls.ringing import close_failed, ring_manager
from voicegw.calls.speech import confirm, loop, notify, say
from voicegw.calls.talk import answered, talk
from voicegw.calls.terms import codecs_for, terms_for
from voicegw.identity import presentation
from voicegw.model.call import (
    Direction,
    LegResult,
    LegRole,
    PlanStepRecord,
)
from voicegw.model.directory import Hotline, HotlineAnswer
from voicegw.model.event import EventType
from voicegw.routing.plan import PlanStep, StepKind, StepResult
from voicegw.sip.session_uas import UasSession
from voicegw.sip.trunk import TrunkSource


@dataclass(frozen=True, slots=True)
class Inbound:
    """The flow, with the caller's session and the plan made when the call arrived."""

    session: UasSession
    hotline: Hotline
    plan: tuple[PlanStep, ...]
    max_talk_s: int

    async def __call__(self, call: LiveCall) -> Ending:
        """Run the flow and return how it ended; raises what the call's primitives raise."""
        caller = call.legs[0]
        await self._welcome(call, caller)
        failure: LegFailure | None = None
        for step in self.plan:
            if step.kind is StepKind.HANG_UP:
                return await self._farewell(call, caller, step, failure)
            if step.skip_reason is not None:
                self._note(call, step, StepResult.SKIPPED)
                if step.skip_reason == "busy":
                    failure = LegFailure(LegRole.MANAGER, LegResult.BUSY)
                continue
            try:
                manager = await self._try(call, caller, step)
            except LegFailed as failed:
                failure = failed.failure
                self._note(call, step, StepResult(failure.result.value))
                continue
            self._note(call, step, StepResult.CONNECTED)
            await self._answer(call, caller)
            call.match_codecs(caller, manager)
            await notify(call, self.hotline, manager, caller)
            return await talk(call, self.hotline, caller, manager, self.max_talk_s)
        return ending_of_nobody()

    async def _welcome(self, call: LiveCall, caller: CallLeg) -> None:
        if self.hotline.answer is HotlineAnswer.AT_ONCE:
            await self._answer(call, caller)
            await say(call, caller, names=("connecting_manager",))
            loop(call, caller, "ringback_cn")
        else:
            # What can't be heard in the end must not ring anybody.
            await self._negotiate(call, caller)
            self.session.ring(180)

    async def _try(self, call: LiveCall, caller: CallLeg, step: PlanStep) -> CallLeg:
        manager = step.manager
        if manager is None or not call.occupy(manager.id):
            raise LegFailed(LegFailure(LegRole.MANAGER, LegResult.BUSY))
        call.record.manager_id = manager.id
        shown = presentation(
            LegRole.MANAGER,
            hotline=self.hotline.number,
            customer_number=caller.record.number,
            show_customer_to_manager=call.parts.settings.show_customer_to_manager,
        )
        leg = await ring_manager(call, manager, shown, self.hotline.max_ring_s)
        if self.hotline.confirm_manager and not await confirm(call, leg, "inbound_whisper"):
            failure = LegFailure(LegRole.MANAGER, LegResult.NOT_CONFIRMED)
            close_failed(call, leg, failure)
            raise LegFailed(failure)
        return leg

    async def _answer(self, call: LiveCall, caller: CallLeg) -> None:
        if caller.answered:
            return
        await self._describe(call, caller, early=False)
        caller.mark_answered(call.parts.clock.now())
        call.save(EventType.LEG_ANSWERED, leg=caller.record)
        answered(call, caller)

    async def _negotiate(self, call: LiveCall, caller: CallLeg) -> str:
        """Return our description for the caller, made once. Raises SdpError (answer 488)."""
        if caller.local_sdp is None:
            sound = await call.sound.session()
            offer = self.session.remote_sdp
            settings, source = call.parts.settings, self.session.source
            listed = source.trunk.codecs if isinstance(source, TrunkSource) else None
            terms = terms_for(settings, self.session.peer, codecs_for(settings, listed))
            caller.terms = terms
            if offer is None:
                caller.local_sdp = await sound.offer(caller.id, LegRole.CUSTOMER, terms)
            else:
                caller.local_sdp = await sound.answer(caller.id, LegRole.CUSTOMER, offer, terms)
        call.check()
        return caller.local_sdp

    async def _describe(self, call: LiveCall, caller: CallLeg, *, early: bool) -> None:
        """Send the caller our description, in a 183 or in the 200."""
        sdp = await self._negotiate(call, caller)
        if early:
            self.session.ring(183, sdp)
        else:
            self.session.answer(sdp)

    async def _farewell(
        self, call: LiveCall, caller: CallLeg, step: PlanStep, failure: LegFailure | None
    ) -> Ending:
        prompt = step.prompt or "manager_unavailable"
        if failure is not None and failure.result is LegResult.BUSY:
            prompt = "manager_busy"
        call.record.plan.append(
            PlanStepRecord(step=str(step.kind), target=prompt, result=str(StepResult.DONE))
        )
        # An offerless INVITE can't carry early media: its caller hears the network's own words.
        if caller.answered or self.session.remote_sdp is not None:
            # Whoever hangs up on the sentence has heard enough: the reason stays the reason.
            with contextlib.suppress(Interruption):
                if not caller.answered:
                    await self._describe(call, caller, early=True)
                await say(call, caller, names=(prompt,))
        if failure is None:
            return ending_of_nobody()
        return ending_of_failure(Direction.INBOUND, failure)

    def _note(self, call: LiveCall, step: PlanStep, result: StepResult) -> None:
        call.record.plan.append(
            PlanStepRecord(
                step=str(step.kind),
                target=step.manager.id if step.manager is not None else None,
                result=str(result),
                reason=step.skip_reason,
            )
        )
