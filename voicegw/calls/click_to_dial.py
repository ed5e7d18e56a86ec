"""Click-to-dial: ring the manager, say what is coming, ring the customer, tell both of the
recording, bridge, and wait for the end.

The customer's INVITE never leaves before the manager has answered and, where the hotline wants it,
pressed 1: a mobile's voice mailbox triggers no call.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from voicegw.calls.interruption import Interruption, LegFailed, LegFailure
from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.calls.outcome import Ending
from voicegw.calls.ports import Target
from voicegw.calls.ringing import close_failed, ring, ring_manager, ringing
from voicegw.calls.speech import confirm, loop, notify, say
from voicegw.calls.talk import answered, talk
from voicegw.identity import presentation
from voicegw.media.engine import FromLeg
from voicegw.model.call import LegResult, LegRole
from voicegw.model.directory import Hotline, Manager

_WHY_NOT = {
    LegResult.BUSY: "customer_busy",
    LegResult.NO_ANSWER: "customer_no_answer",
}


@dataclass(frozen=True, slots=True)
class ClickToDial:
    """The flow, with what was decided before it began. Times in seconds."""

    manager: Manager
    customer_number: str
    hotline: Hotline
    ring_s: int
    max_talk_s: int

    async def __call__(self, call: LiveCall) -> Ending:
        """Run the flow and return how it ended; raises what the call's primitives raise."""
        manager = await self._ring_manager(call)
        if self.hotline.confirm_manager:
            await self._confirm(call, manager)
        await say(call, manager, names=("connecting_customer",))
        customer = await self._ring_customer(call, manager)
        answered(call, customer)
        call.match_codecs(manager, customer)
        await notify(call, self.hotline, manager, customer)
        return await talk(call, self.hotline, customer, manager, self.max_talk_s)

    async def _ring_manager(self, call: LiveCall) -> CallLeg:
        shown = presentation(
            LegRole.MANAGER,
            hotline=self.hotline.shown,
            customer_number=self.customer_number,
            show_customer_to_manager=call.parts.settings.show_customer_to_manager,
        )
        return await ring_manager(call, self.manager, shown, self.ring_s)

    async def _confirm(self, call: LiveCall, manager: CallLeg) -> None:
        if await confirm(call, manager, "press_1_to_connect"):
            return
        if manager.ended is not None:
            raise manager.loss(manager.ended)
        failure = LegFailure(LegRole.MANAGER, LegResult.NOT_CONFIRMED)
        close_failed(call, manager, failure)
        raise LegFailed(failure)

    async def _ring_customer(self, call: LiveCall, manager: CallLeg) -> CallLeg:
        shown = presentation(
            LegRole.CUSTOMER, hotline=self.hotline.shown, customer_number=self.customer_number
        )
        customer = call.add_leg(LegRole.CUSTOMER, manager_id=None, number=self.customer_number)
        target = Target(number=self.customer_number)
        tone = _ManagerHears(call, manager)
        try:
            await ring(call, customer, target, shown, ring_s=self.ring_s, on_progress=tone.follow)
        except LegFailed as failed:
            # Whoever hangs up on the sentence has heard enough: the reason stays the reason.
            with contextlib.suppress(Interruption):
                sentence = _WHY_NOT.get(failed.failure.result, "call_failed")
                await say(call, manager, names=(sentence,))
            raise
        return customer


class _ManagerHears:
    """What the manager hears while the customer rings: our ring-back, or the far end's own.

    Of the far end's telephones one that gave up (199) is heard no more.
    """

    def __init__(self, call: LiveCall, manager: CallLeg) -> None:
        self._call = call
        self._manager = manager
        self._hears: str | None = None
        self._asked = False

    def follow(self, customer: CallLeg) -> None:
        """Let far early media through from its first packet; ring-back otherwise."""
        ringing(self._call)
        if customer.early_sound and customer.described:
            if self._hears == "far":
                return
            if self._call.sound.can_relay(customer, self._manager):
                self._hears = "far"
                self._call.sound.connect(FromLeg(customer.id), self._manager)
                return
            # Our ring-back goes on until the manager's telephone speaks the far end's codec.
            if not self._asked:
                self._asked = True
                self._call.match_codecs(self._manager, customer)
        if self._hears is None or (self._hears == "far" and not customer.early_sound):
            self._hears = "ringback"
            loop(self._call, self._manager, "ringback_cn")
