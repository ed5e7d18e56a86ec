"""Emergency calls of telephones that are registered here: at once, unmasked, unrecorded.

No rule, no limit and no place on a trunk holds them up; a trunk that is full carries one more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from voicegw.calls.arrival import answer
from voicegw.calls.live_call import LiveCall
from voicegw.calls.outcome import Ending
from voicegw.calls.ports import Target
from voicegw.calls.reach import ManagerHears
from voicegw.calls.ringing import answered, ring
from voicegw.calls.speech import bridge
from voicegw.identity import Presentation
from voicegw.model.call import LegRole
from voicegw.model.directory import Hotline, Manager
from voicegw.model.event import EventType
from voicegw.sip.refer import Referral
from voicegw.sip.session_uas import UasSession

_RING_S: Final = 120
"""Emergency services answer when they can; who gives up is the caller."""


def own_number(user: str, manager: Manager | None, hotline: Hotline | None) -> Presentation:
    """Return what an emergency service is shown of the telephone registered as `user`.

    The manager's own number, so that help can call back, over trunks that may present it; else the
    hotline; else the telephone's name.
    """
    phones = () if manager is None else sorted(manager.phones, key=lambda phone: phone.order)
    own = next((phone.number for phone in phones if phone.number is not None), None)
    shown = None if hotline is None else hotline.shown
    if own is not None:
        return Presentation(own, fallback=shown)
    return Presentation(shown or user)


@dataclass(frozen=True, slots=True)
class EmergencyCall:
    """The flow: the telephone is answered, hears the service ring, and talks."""

    session: UasSession
    number: str
    shown: Presentation

    async def __call__(self, call: LiveCall) -> Ending:
        """Run the flow and return how it ended; raises what the call's primitives raise."""
        leg = call.legs[0]
        await answer(call, self.session, leg)
        service = call.add_leg(LegRole.CUSTOMER, manager_id=None, number=self.number)
        target = Target(self.number, max_forwards=call.max_forwards, is_urgent=True)
        tone = ManagerHears(call, leg)
        await ring(call, service, target, self.shown, ring_s=_RING_S, on_progress=tone.follow)
        answered(call, service)
        call.match_codecs(leg, service)
        call.bridged = True
        call.record.bridged_at = call.parts.clock.now()
        bridge(call, service, leg)
        call.save(EventType.CALL_BRIDGED)
        while True:
            # Only a hang-up ends it, by breaking into the flow; nobody is handed on from here.
            wish = await call.until(call.wish_of(leg))
            if isinstance(wish, Referral):
                wish.refuse(403)
