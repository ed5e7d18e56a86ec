"""The customer's side of a call that a manager begins: ring, let the manager hear it, connect.

From here on a click-to-dial and a dial-through are the same.
"""

from __future__ import annotations

import contextlib
from collections.abc import Coroutine
from typing import Any, Final

from voicegw.calls.arrival import Arrival, answer
from voicegw.calls.beside import first_of
from voicegw.calls.glare import Expectation
from voicegw.calls.interruption import Interruption, LegFailed
from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.calls.outcome import Ending
from voicegw.calls.ports import Target
from voicegw.calls.ringing import answered, close_elsewhere, ring, ringing
from voicegw.calls.speech import loop, notify, say
from voicegw.calls.talk import talk
from voicegw.identity import presentation
from voicegw.media.engine import FromLeg
from voicegw.model.call import LegResult, LegRole, PlanStepRecord
from voicegw.model.directory import Hotline
from voicegw.sip.caller import number_withheld

_WHY_NOT: Final = {
    LegResult.BUSY: "customer_busy",
    LegResult.NO_ANSWER: "customer_no_answer",
}


async def reach_customer(
    call: LiveCall,
    hotline: Hotline,
    manager: CallLeg,
    number: str,
    *,
    ring_s: float,
    expected: Expectation,
) -> CallLeg:
    """Ring the customer at `number` while the manager waits, and return the answered leg.

    The customer is shown the hotline, and nothing else. Whoever is `expected` and calls meanwhile
    is the customer, in place of the telephone that rings. Raises LegFailed once the manager has
    heard why nobody answered, and what breaks into the call.
    """
    while (arrival := expected.take()) is None:
        customer = call.add_leg(LegRole.CUSTOMER, manager_id=None, number=number)
        works: list[Coroutine[Any, Any, CallLeg | bool | None]] = [
            _ring(call, hotline, manager, customer, ring_s),
            _called_by(call, expected),
        ]
        try:
            won: CallLeg | bool | None = await first_of(call, works)
        except LegFailed as failed:
            await _say_why(call, manager, failed, expected)
            if not expected.is_waiting:
                raise
            continue
        if isinstance(won, CallLeg):
            return won
        # Should the caller give up in this very moment, the customer is rung anew.
        close_elsewhere(call, customer)
    return await _join(call, arrival)


async def _ring(
    call: LiveCall, hotline: Hotline, manager: CallLeg, customer: CallLeg, ring_s: float
) -> CallLeg | bool | None:
    number = customer.record.number
    shown = presentation(LegRole.CUSTOMER, hotline=hotline.shown, customer_number=number)
    tone = ManagerHears(call, manager)
    await ring(call, customer, Target(number=number), shown, ring_s=ring_s, on_progress=tone.follow)
    return customer


async def _called_by(call: LiveCall, expected: Expectation) -> CallLeg | bool | None:
    """Wait for a caller, whom only the call's own task takes: nobody is taken and then lost."""
    return await call.until(lambda: expected.is_waiting)


async def _say_why(
    call: LiveCall, manager: CallLeg, failed: LegFailed, expected: Expectation
) -> None:
    """Tell the manager why nobody answered, unless the customer calls in the middle of it.

    A customer who is busy may be so for calling us. Whoever hangs up on the sentence has heard
    enough: the reason stays the reason.
    """

    async def told() -> CallLeg | bool | None:
        await say(call, manager, names=(_WHY_NOT.get(failed.failure.result, "call_failed"),))
        return True

    with contextlib.suppress(Interruption):
        await first_of(call, [_called_by(call, expected), told()])


async def _join(call: LiveCall, arrival: Arrival) -> CallLeg:
    """Make who called the customer's leg of this call, and answer."""
    number = None if number_withheld(arrival.session.invite) else arrival.number
    leg = arrival.join(call, LegRole.CUSTOMER, manager_id=None, number=number)
    call.record.plan.append(PlanStepRecord("glare", None, "connected", "customer-called"))
    arrival.follow(call, leg)
    await answer(call, arrival.session, leg)
    return leg


async def connect(
    call: LiveCall, hotline: Hotline, manager: CallLeg, customer: CallLeg, max_talk_s: float
) -> Ending:
    """Tell both of the recording and have them talk to the end, at most `max_talk_s`."""
    answered(call, customer)
    call.match_codecs(manager, customer)
    await notify(call, hotline, manager, customer)
    return await talk(call, hotline, customer, manager, max_talk_s)


class ManagerHears:
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
