"""Dial-through: a manager dials, is asked for a customer, and is put through under the hotline.

The manager's telephone has called us: over a trunk from a known number, or from a telephone that
is registered here. From the customer's INVITE on it is a click-to-dial: the same rules, the same
mask, the same notice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from voicegw.calls.arrival import answer, hear_last
from voicegw.calls.dial_desk import DialDesk
from voicegw.calls.dial_gate import DialGate, count_in_group
from voicegw.calls.dial_target import DialTarget, dial_target
from voicegw.calls.keypad import STAR, Keypad
from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.calls.outcome import Ending, ending_of_refusal
from voicegw.calls.pin import PinRefused, identify
from voicegw.calls.reach import connect, reach_customer
from voicegw.calls.speech import loop, say
from voicegw.errors import PolicyError, StoreUnavailableError
from voicegw.model.call import CallOutcome, HangupSource, PlanStepRecord
from voicegw.model.directory import Hotline, Manager
from voicegw.sip.session_uas import UasSession

TRIES: Final = 3
"""How often a manager is asked for a customer, or for a PIN."""

_SAID: Final = {
    "do-not-call": "refused_do_not_call",
    "quiet-hours": "not_permitted",
    "customer-rate": "refused_rate",
    "emergency-number": "refused_number",
    "prefix-not-allowed": "refused_number",
    "manager-busy": "refused_busy",
    "dial-limit": "limit_reached",
    "pin-locked": "pin_locked",
    "pin-wrong": "goodbye",
    "unknown-customer": "customer_not_found",
    "nothing-dialled": "goodbye",
}
"""What a manager hears of each refusal; of all others that the lines are busy."""
_OTHERWISE: Final = "lines_busy"
_NOBODY: Final = frozenset({"nothing-dialled", "unknown-customer"})
"""Refusals for want of anybody to dial."""

_STATUS: Final = {
    "unknown-customer": 404,
    "manager-busy": 486,
    "do-not-call": 403,
    "quiet-hours": 403,
    "customer-rate": 403,
    "emergency-number": 403,
    "prefix-not-allowed": 403,
    "dial-limit": 403,
}
"""How a telephone that dialled a customer directly is answered; 503 for all others."""


@dataclass(frozen=True, slots=True)
class _Agreed:
    """What the rules have let pass. Times in seconds."""

    hotline: Hotline
    number: str
    numbers: frozenset[str]
    """All of the customer's: who calls from one of them meanwhile is the customer."""
    delay_s: float
    """How long the trunk's rate makes the call wait."""
    max_talk_s: float


@dataclass(frozen=True, slots=True)
class DialThrough:
    """The flow, with who is known to call. Times in seconds.

    `manager` is None where the telephone is unknown: staff number and PIN are asked. With
    `needs_pin` the PIN of a known one is asked, too. `entry` is what a registered telephone has
    dialled in place of the hotline: it is put through without being asked.
    """

    session: UasSession
    hotline: Hotline
    desk: DialDesk
    gate: DialGate
    manager: Manager | None
    needs_pin: bool = False
    entry: str | None = None

    async def __call__(self, call: LiveCall) -> Ending:
        """Run the flow and return how it ended; raises what the call's primitives raise."""
        try:
            agreed = await self._agree(call)
        except (PolicyError, StoreUnavailableError) as refusal:
            return await self._refuse(call, refusal.slug)
        return await self._put_through(call, agreed)

    async def _agree(self, call: LiveCall) -> _Agreed:
        """Find out who wants whom, and take what the call needs.

        Raises PolicyError and StoreUnavailableError.
        """
        leg = call.legs[0]
        if self.entry is None:
            await answer(call, self.session, leg)
        manager = await self._who(call, leg)
        if not call.occupy(manager.id):
            raise PolicyError("manager-busy", "the manager is in a call")
        hotline = await self._shown(call, manager)
        left_s = await self.desk.time_left_s(manager)
        target = await self._whom(call, leg, manager)
        call.record.customer_number = target.number
        call.record.customer_id = None if target.customer is None else target.customer.id
        passage = self.gate.enter(
            manager, target, hotline, on_trunks=[target.number], manager_busy=False
        )
        call.parts = replace(call.parts, router=passage.reserved)
        call.at_end(passage.reserved.give_back)
        count_in_group(call)
        call.record.plan.append(PlanStepRecord("dial", call.record.customer_id, "allowed"))
        call.save()
        max_talk_s = min(left_s, call.parts.settings.max_talk_s)
        also = () if target.customer is None else target.customer.numbers
        numbers = frozenset((target.number, *also))
        return _Agreed(hotline, target.number, numbers, passage.reserved.delay_s, max_talk_s)

    async def _who(self, call: LiveCall, leg: CallLeg) -> Manager:
        """Return who calls, by PIN where need be. Raises PolicyError."""
        if self.manager is not None and not self.needs_pin:
            return self.manager
        step = PlanStepRecord("pin")
        call.record.plan.append(step)
        try:
            manager = await identify(call, leg, self.desk.pins, self.manager, tries=TRIES)
        except (PinRefused, StoreUnavailableError) as refused:
            step.result, step.reason = "refused", refused.slug
            raise
        step.result, step.target = "accepted", manager.id
        call.record.manager_id = leg.record.manager_id = manager.id
        call.record.group_id = manager.group_id
        if call.sound.recording is not None:
            call.sound.recording.group_id = manager.group_id
        call.save()
        return manager

    async def _shown(self, call: LiveCall, manager: Manager) -> Hotline:
        """Return the hotline that the customer is shown: of whoever is known by PIN, the own."""
        own = None
        if self.manager is None:
            own = await call.parts.directory.default_hotline(manager.group_id)
        if own is None:
            return self.hotline
        call.record.hotline_id, call.record.display_number = own.id, own.shown
        return own

    async def _whom(self, call: LiveCall, leg: CallLeg, manager: Manager) -> DialTarget:
        """Return whom the manager wants. Raises PolicyError."""
        if self.entry is not None:
            found = await self.desk.find(manager, self.entry)
            if found is None:
                raise PolicyError("unknown-customer", "no such code and no telephone number")
            return await dial_target(call.parts, manager, *found)
        async with Keypad(call, leg).listening() as keypad:
            sentences: tuple[str, ...] = ("dial_menu",)
            for _ in range(TRIES):
                entry = await keypad.ask(*sentences, star_ends=True)
                if entry == STAR:
                    found, said = await self.desk.last_dialled(manager), "no_last_customer"
                else:
                    found, said = await self.desk.find(manager, entry), "customer_not_found"
                if found is not None:
                    return await dial_target(call.parts, manager, *found)
                sentences = (said, "dial_menu") if entry else ("dial_menu",)
        raise PolicyError("nothing-dialled", "no customer was named")

    async def _refuse(self, call: LiveCall, slug: str) -> Ending:
        """Say by which rule nobody is dialled, and end the call with it."""
        leg, plan = call.legs[0], call.record.plan
        if not plan or plan[-1].result != "refused":
            result = "empty" if slug in _NOBODY else "refused"
            plan.append(PlanStepRecord("dial", call.record.customer_id, result, slug))
        await hear_last(call, self.session, leg, (_SAID.get(slug, _OTHERWISE),))
        if slug == "nothing-dialled":
            return Ending(CallOutcome.CANCELED, HangupSource.GATEWAY, failure=slug)
        return replace(ending_of_refusal(slug), sip_status=_STATUS.get(slug, 503))

    async def _put_through(self, call: LiveCall, agreed: _Agreed) -> Ending:
        leg = call.legs[0]
        await answer(call, self.session, leg)
        await say(call, leg, names=("connecting_customer",))
        if agreed.delay_s > 0:
            loop(call, leg, "ringback_cn")
            await call.pause(agreed.delay_s)
        with call.parts.glare.expecting(agreed.numbers, call.wake) as expected:
            customer = await reach_customer(
                call,
                agreed.hotline,
                leg,
                agreed.number,
                ring_s=agreed.hotline.max_ring_s,
                expected=expected,
            )
        return await connect(call, agreed.hotline, leg, customer, agreed.max_talk_s)
