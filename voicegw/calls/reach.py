"""The customer's side of a call that a manager begins: ring, let the manager hear it, connect.

From here on a click-to-dial and a dial-through are the same.
"""

from __future__ import annotations

import contextlib
from typing import Final

from voicegw.calls.interruption import Interruption, LegFailed
from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.calls.outcome import Ending
from voicegw.calls.ports import Target
from voicegw.calls.ringing import ring, ringing
from voicegw.calls.speech import loop, notify, say
from voicegw.calls.talk import answered, talk
from voicegw.identity import presentation
from voicegw.media.engine import FromLeg
from voicegw.model.call import LegResult, LegRole
from voicegw.model.directory import Hotline

_WHY_NOT: Final = {
    LegResult.BUSY: "customer_busy",
    LegResult.NO_ANSWER: "customer_no_answer",
}


async def reach_customer(
    call: LiveCall, hotline: Hotline, manager: CallLeg, number: str, ring_s: float
) -> CallLeg:
    """Ring the customer at `number` while the manager waits, and return the answered leg.

    The customer is shown the hotline, and nothing else. Raises LegFailed once the manager has
    heard why nobody answered, and what breaks into the call.
    """
    shown = presentation(LegRole.CUSTOMER, hotline=hotline.shown, customer_number=number)
    customer = call.add_leg(LegRole.CUSTOMER, manager_id=None, number=number)
    tone = ManagerHears(call, manager)
    try:
        await ring(
            call, customer, Target(number=number), shown, ring_s=ring_s, on_progress=tone.follow
        )
    except LegFailed as failed:
        # Whoever hangs up on the sentence has heard enough: the reason stays the reason.
        with contextlib.suppress(Interruption):
            sentence = _WHY_NOT.get(failed.failure.result, "call_failed")
            await say(call, manager, names=(sentence,))
        raise
    return customer


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
