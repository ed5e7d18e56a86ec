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
from voicegw.calls.outcome import Ending, ending_of_refusal
from voicegw.calls.reach import connect, reach_customer
from voicegw.calls.ringing import close_failed, ring_manager
from voicegw.calls.speech import confirm, say
from voicegw.identity import presentation
from voicegw.model.call import LegResult, LegRole
from voicegw.model.directory import Hotline, Manager


@dataclass(frozen=True, slots=True)
class ClickToDial:
    """The flow, with what was decided before it began. Times in seconds."""

    manager: Manager
    customer_number: str
    hotline: Hotline
    ring_s: int
    max_talk_s: int
    also: tuple[str, ...] = ()
    """The customer's other numbers: who calls from one of them meanwhile is the customer."""
    quiet_in: str | None = None
    """The group whose quiet hours hold for the customer; None: the configured ones."""

    async def __call__(self, call: LiveCall) -> Ending:
        """Run the flow and return how it ended; raises what the call's primitives raise."""
        numbers = {self.customer_number, *self.also}
        with call.parts.glare.expecting(numbers, call.wake) as expected:
            manager = await self._ring_manager(call)
            if self.hotline.confirm_manager:
                await self._confirm(call, manager)
            await say(call, manager, names=("connecting_customer",))
            if await call.parts.quiet.now(self.quiet_in, call.parts.clock.now()) is not None:
                # They began while the manager's telephone rang, or the call was queued.
                with contextlib.suppress(Interruption):
                    await say(call, manager, names=("call_failed",))
                return ending_of_refusal("quiet-hours")
            customer = await reach_customer(
                call,
                self.hotline,
                manager,
                self.customer_number,
                ring_s=self.ring_s,
                expected=expected,
            )
        return await connect(call, self.hotline, manager, customer, self.max_talk_s)

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
