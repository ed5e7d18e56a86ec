"""The part that every successful call shares: bridge, talk, perhaps with one after the other."""

from __future__ import annotations

from collections.abc import Callable

from voicegw.calls.after_call import after_call, is_asked
from voicegw.calls.customer_side import CustomerSide
from voicegw.calls.disclosure import RunningDisclosure
from voicegw.calls.interruption import LegLost
from voicegw.calls.keypad_commands import Command
from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.calls.midcall import HandOn, MidCall, Wish
from voicegw.calls.outcome import Ending, ending_of_talk
from voicegw.calls.owed_recording import open_recording
from voicegw.calls.speech import bridge
from voicegw.calls.transfer import Transfer, referred
from voicegw.model.call import LegRole
from voicegw.model.directory import Hotline
from voicegw.model.event import EventType
from voicegw.sip.refer import Referral

_AnyWish = RunningDisclosure | Referral | Wish


async def talk(
    call: LiveCall, hotline: Hotline, customer: CallLeg, manager: CallLeg, max_talk_s: float
) -> Ending:
    """Bridge the two and wait; returns when the talk has reached its allowed length.

    The manager may hold the customer, hand the customer on or have somebody join meanwhile
    (:mod:`voicegw.calls.midcall`); the talk goes on with whoever takes over. Of a handing on that
    left the customer alone it returns, too. When a party hangs up, the other may be asked something
    (:mod:`voicegw.calls.after_call`); else LegLost is raised here.
    """
    clock = call.parts.clock
    ends_at = clock.monotonic() + max_talk_s
    side = CustomerSide(call, customer, hotline)
    midcall = call.midcall = MidCall(side, manager)
    call.bridged = True
    call.record.bridged_at = clock.now()
    _go_on(midcall, manager)
    open_recording(call)
    call.save(EventType.CALL_BRIDGED)
    while True:
        try:
            wish: _AnyWish | None = await call.until(_wishes(midcall), ends_at - clock.monotonic())
        except LegLost as lost:
            left = manager if lost.role is LegRole.CUSTOMER else customer
            if lost.network or not is_asked(hotline, left):
                raise
            return await after_call(call, hotline, customer, manager, lost)
        if wish is None:
            return ending_of_talk()
        following = await _granted(midcall, wish, ends_at)
        if isinstance(following, Ending):
            return following
        transferred, manager = following is not manager, following
        _go_on(midcall, manager)
        if not isinstance(wish, RunningDisclosure):
            call.save(EventType.CALL_TRANSFERRED if transferred else EventType.CALL_STEP)


def _go_on(midcall: MidCall, manager: CallLeg) -> None:
    midcall.talks(manager)
    bridge(midcall.side.call, midcall.side.leg, manager)


def _wishes(midcall: MidCall) -> Callable[[], _AnyWish | None]:
    """Return what :meth:`LiveCall.until` waits with while the two talk."""
    of_telephone = midcall.side.call.wish_of(midcall.manager)

    def next_one() -> _AnyWish | None:
        return of_telephone() or midcall.wish()

    return next_one


async def _granted(midcall: MidCall, wish: _AnyWish, ends_at: float) -> CallLeg | Ending:
    """Do what is wished; return who talks with the customer next, or how the call ends."""
    side, manager = midcall.side, midcall.manager
    if isinstance(wish, RunningDisclosure):
        await wish.run(side.leg, manager, ends_at)
        return manager
    if isinstance(wish, HandOn | Command):
        return await midcall.grant(wish, ends_at)
    side.call.pair = None
    party = await referred(side, manager, wish)
    if party is None:
        return manager
    return await Transfer(side, manager, party, wish).run()
