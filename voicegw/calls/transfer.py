"""A manager hands the customer on to another manager: a blind transfer by REFER.

The customer hears ring-back meanwhile and keeps the leg, the capture and the hotline; whoever takes
over sees what every manager sees. Only managers can be named: who that may be is decided by
:func:`voicegw.calls.policy.transfer_refusal`, so that nobody can have an arbitrary number called at
the operator's expense.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from voicegw.calls.interruption import Interruption, LegFailed, LegFailure
from voicegw.calls.outcome import Ending, ending_of_lost_transfer
from voicegw.calls.policy import TransferFacts, TransferRefusal, transfer_refusal
from voicegw.calls.ringing import close_failed, ring_manager
from voicegw.calls.speech import confirm, loop, notify, say
from voicegw.errors import MediaError, SdpError, StoreUnavailableError
from voicegw.identity import presentation
from voicegw.media.engine import Silence
from voicegw.model.call import (
    HangupSource,
    LegResult,
    LegRole,
    PlanStepRecord,
)
from voicegw.model.directory import Hotline, Manager
from voicegw.model.event import EventType
from voicegw.model.recording import MarkKind
from voicegw.sip.caller import without_parameters

if TYPE_CHECKING:
    from voicegw.calls.leg import CallLeg
    from voicegw.calls.live_call import LiveCall
    from voicegw.sip.refer import Referral

_STEP: Final = "transfer"
_REFUSALS = {
    TransferRefusal.UNKNOWN: 404,
    TransferRefusal.SELF: 403,
    TransferRefusal.TOO_MANY: 403,
    TransferRefusal.UNAVAILABLE: 480,
    TransferRefusal.BUSY: 486,
}
#: What a telephone is told of a transfer that failed without a SIP status of its own.
_FAILURES = {
    LegResult.BUSY: 486,
    LegResult.DECLINED: 603,
    LegResult.INVALID: 404,
    LegResult.FAILED: 500,
}


@dataclass(slots=True)
class Transfer:
    """One transfer: `transferor` names somebody by `referral`, whom `customer` shall talk with."""

    call: LiveCall
    hotline: Hotline
    customer: CallLeg
    transferor: CallLeg
    referral: Referral
    _told_ringing: bool = False

    async def run(self) -> CallLeg | Ending:
        """Return the manager's leg that the customer talks with next, bridged to neither.

        That is the transferor's own when nothing came of it. An Ending when that has left and
        nobody else was reached. Raises the call's interruptions.
        """
        target = await self._admitted()
        if target is None:
            return self.transferor
        call = self.call
        # From here on the transferor may hang up: most telephones do when they hear 202.
        self.transferor.on_trial = True
        self.transferor.on_over = self._vacate
        self.referral.accept()
        call.sound.mark(MarkKind.TRANSFER, {"to": target.id})
        call.sound.connect(Silence(), self.transferor)
        loop(call, self.customer, "ringback_cn")
        try:
            leg = await self._ring(target)
        except LegFailed as failed:
            return await self._failed(target, failed.failure)
        except BaseException:
            self.referral.finish(487)
            raise
        self._succeeded(target)
        return leg

    async def _admitted(self) -> Manager | None:
        """Return who is to be rung, whose place is taken; None when the wish was refused."""
        call = self.call
        name = without_parameters(self.referral.target.user or "")
        try:
            target = await call.parts.directory.manager_by_extension(name) if name else None
        except StoreUnavailableError:
            self.referral.refuse(503)
            return None
        busy = target is not None and call.parts.manager_slots.full(target.id)
        refusal = transfer_refusal(
            TransferFacts(
                target,
                self.transferor.record.manager_id,
                busy=busy,
                at=call.parts.clock.now(),
                before=sum(step.step == _STEP for step in call.record.plan),
            )
        )
        if refusal is not None or target is None:
            self.referral.refuse(_REFUSALS[refusal or TransferRefusal.UNKNOWN])
            return None
        call.occupy(target.id)
        return target

    async def _ring(self, target: Manager) -> CallLeg:
        """Ring `target` and tell of the recording. Raises LegFailed."""
        call = self.call
        shown = presentation(
            LegRole.MANAGER,
            hotline=self.hotline.shown,
            customer_number=self.customer.record.number,
            show_customer_to_manager=call.parts.settings.show_customer_to_manager,
        )
        # Whatever becomes of the new legs, the transferor may still be there to go on.
        try:
            leg = await ring_manager(
                call,
                target,
                shown,
                self.hotline.max_ring_s,
                on_progress=self._rings,
                on_trial=True,
            )
        except (MediaError, SdpError):
            # No port is free, or there is nothing to offer: the talk there was is none the worse.
            self._give_up(call.legs[-1], LegResult.FAILED)
        if self.hotline.confirm_manager and not await confirm(call, leg, "inbound_whisper"):
            self._give_up(leg, LegResult.NOT_CONFIRMED)
        leg.on_trial = True
        try:
            await notify(call, self.hotline, leg)
        except MediaError:
            self._give_up(leg, LegResult.FAILED)
        leg.on_trial = False
        return leg

    def _give_up(self, leg: CallLeg, result: LegResult) -> NoReturn:
        failure = LegFailure(LegRole.MANAGER, result)
        close_failed(self.call, leg, failure)
        raise LegFailed(failure)

    def _rings(self, _leg: CallLeg) -> None:
        if not self._told_ringing:
            self._told_ringing = True
            self.referral.progress(180)

    def _succeeded(self, target: Manager) -> None:
        """The telephone that handed on is done: it is told so, and its leg ends."""
        call = self.call
        self.referral.finish(200)
        old = self.transferor
        old.release(q850=16)
        if old.close(call.parts.clock.now(), None, old.ended_by() or HangupSource.MANAGER):
            call.save(EventType.LEG_ENDED, leg=old.record)
        self._vacate()
        call.hand_on_to(target.id)
        self._note(target, "connected")

    def _vacate(self) -> None:
        """The transferor has hung up, or may: other customers can be put through there."""
        if self.transferor.record.manager_id is not None:
            self.call.vacate(self.transferor.record.manager_id)

    async def _failed(self, target: Manager, failure: LegFailure) -> CallLeg | Ending:
        """Go back to the transferor, or tell the customer that nobody is there."""
        call = self.call
        call.vacate(target.id)
        self._note(target, str(failure.result))
        self.referral.finish(failure.status or _FAILURES.get(failure.result, 480))
        if self.transferor.ended is None:
            self.transferor.on_trial = False
            self.transferor.on_over = None
            return self.transferor
        prompt = "manager_busy" if failure.result is LegResult.BUSY else "manager_unavailable"
        with contextlib.suppress(Interruption):
            await say(call, self.customer, names=(prompt,))
        return ending_of_lost_transfer(failure)

    def _note(self, target: Manager, result: str) -> None:
        self.call.record.plan.append(PlanStepRecord(step=_STEP, target=target.id, result=result))
