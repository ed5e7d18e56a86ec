"""The part that every successful call shares: bridge, talk, perhaps with one after the other."""

from __future__ import annotations

from voicegw.calls.after_call import after_call, is_asked
from voicegw.calls.disclosure import RunningDisclosure
from voicegw.calls.interruption import LegLost
from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.calls.outcome import Ending, ending_of_talk
from voicegw.calls.speech import bridge
from voicegw.calls.transfer import Transfer
from voicegw.model.call import CallStatus, LegRole
from voicegw.model.directory import Hotline
from voicegw.model.event import EventType
from voicegw.sip.refer import Referral


def answered(call: LiveCall, customer: CallLeg) -> None:
    """Note, once, that the customer's leg is answered."""
    if call.record.answered_at is None:
        call.record.answered_at = customer.record.answered_at
        call.record.status = CallStatus.IN_PROGRESS
        call.save(EventType.CALL_ANSWERED)


async def talk(
    call: LiveCall, hotline: Hotline, customer: CallLeg, manager: CallLeg, max_talk_s: float
) -> Ending:
    """Bridge the two and wait; returns when the talk has reached its allowed length.

    The manager may hand the customer on meanwhile; the talk goes on with whoever takes over. Of a
    handing on that left the customer alone it returns, too. When a party hangs up, the other may
    be asked something (:mod:`voicegw.calls.after_call`); else LegLost is raised here.
    """
    clock = call.parts.clock
    ends_at = clock.monotonic() + max_talk_s
    call.bridged = True
    call.record.bridged_at = clock.now()
    bridge(call, customer, manager)
    call.open_recording()
    call.save(EventType.CALL_BRIDGED)
    while True:
        try:
            wish: RunningDisclosure | Referral | None = await call.until(
                call.wish_of(manager), ends_at - clock.monotonic()
            )
        except LegLost as lost:
            left = manager if lost.role is LegRole.CUSTOMER else customer
            if lost.network or not is_asked(hotline, left):
                raise
            return await after_call(call, hotline, customer, manager, lost)
        if wish is None:
            return ending_of_talk()
        if isinstance(wish, RunningDisclosure):
            await wish.run(customer, manager, ends_at)
            bridge(call, customer, manager)
            continue
        call.pair = None
        following = await Transfer(call, hotline, customer, manager, wish).run()
        if isinstance(following, Ending):
            return following
        transferred, manager = following is not manager, following
        bridge(call, customer, manager)
        if transferred:
            call.save(EventType.CALL_TRANSFERRED)
