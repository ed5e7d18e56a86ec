"""Ring whoever a customer is to be handed on to, or who is to join, until a person is there.

Whatever becomes of the telephones that ring, there is a talk to go back to: nobody who hangs up
breaks into the call, and a leg that was won comes back on trial.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from voicegw.calls.customer_side import CustomerSide
from voicegw.calls.interruption import LegFailed, LegFailure
from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.calls.party import GroupParty, ManagerParty, Party, ShortCodeParty
from voicegw.calls.reach_manager import reach
from voicegw.calls.ringing import close_elsewhere, close_failed
from voicegw.calls.speech import notify
from voicegw.calls.steps.group import ring_group
from voicegw.calls.steps.short_code import ring_code
from voicegw.errors import MediaError, SdpError
from voicegw.model.call import HangupSource, LegResult, LegRole
from voicegw.model.event import EventType

Progress = Callable[[CallLeg], None]


async def reach_party(
    side: CustomerSide, party: Party, *, on_progress: Progress | None = None
) -> CallLeg:
    """Ring `party` and tell of the recording; return the leg, on trial.

    `on_progress` is called, perhaps more than once, while one manager's telephone rings. Raises
    LegFailed, with no leg and no place left behind, and what breaks into the call.
    """
    call = side.call
    before = len(call.legs)
    try:
        leg = await _ring(side, party, on_progress)
        leg.on_trial = True
        await notify(call, side.hotline, leg)
        if leg.ended is not None:
            hung_up = LegFailure(LegRole.MANAGER, LegResult.DECLINED)
            close_failed(call, leg, hung_up)
            raise LegFailed(hung_up)
    except (MediaError, SdpError):
        # No port is free, there is nothing to offer, or the notice was not heard: the talk there
        # was is none the worse.
        failure = LegFailure(LegRole.MANAGER, LegResult.FAILED)
        for begun in call.legs[before:]:
            if begun.record.ended_at is None:
                close_failed(call, begun, failure)
        _vacate_party(call, party, before)
        raise LegFailed(failure) from None
    except LegFailed:
        _vacate_party(call, party, before)
        raise
    return leg


async def _ring(side: CustomerSide, party: Party, on_progress: Progress | None) -> CallLeg:
    match party:
        case ManagerParty(manager=manager):
            if not side.call.occupy(manager.id):
                raise LegFailed(LegFailure(LegRole.MANAGER, LegResult.BUSY))
            ring_s = side.hotline.max_ring_s
            return await reach(side, manager, ring_s, on_trial=True, on_progress=on_progress)
        case GroupParty(step=step):
            taken = await ring_group(side, step, None)
            if taken.manager is None:
                busy = LegFailure(LegRole.MANAGER, LegResult.BUSY)
                raise LegFailed(taken.failure or busy)
            return taken.manager
        case ShortCodeParty(number=number):
            return await ring_code(side, number, on_trial=True)
        case _:
            assert_never(party)


def _vacate_party(call: LiveCall, party: Party, before: int) -> None:
    """Give back the places of those who were rung; whoever is busy elsewhere keeps the own."""
    rung = {leg.record.manager_id for leg in call.legs[before:]}
    staying = {leg.record.manager_id for leg in call.legs[:before] if leg.alive}
    if isinstance(party, ManagerParty):
        rung.add(party.manager.id)
    for manager_id in rung - staying:
        if manager_id is not None:
            call.vacate(manager_id)


def stop_ringing(call: LiveCall, party: Party, before: int) -> None:
    """End the telephones that were rung since there were `before` legs: nobody is wanted more."""
    for leg in call.legs[before:]:
        if leg.record.ended_at is None:
            close_elsewhere(call, leg)
    _vacate_party(call, party, before)


def let_go(call: LiveCall, leg: CallLeg, by: HangupSource) -> None:
    """End a leg of the manager's side whose part is over, `by` whom where it has not hung up."""
    # Nobody would take the hold back, and nothing that is said would be in the recording.
    leg.held = False
    call.sound.mark_hold(leg, on=False)
    leg.release(q850=16)
    if leg.close(call.parts.clock.now(), None, leg.ended_by() or by):
        call.save(EventType.LEG_ENDED, leg=leg.record)
    if leg.record.manager_id is not None:
        call.vacate(leg.record.manager_id)
