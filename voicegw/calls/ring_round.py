"""Ring several managers at once for one caller: the first who takes the call has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from voicegw.calls.beside import first_of
from voicegw.calls.customer_side import CustomerSide
from voicegw.calls.interruption import LegFailed, LegFailure
from voicegw.calls.leg import CallLeg
from voicegw.calls.outcome import most_telling
from voicegw.calls.reach_manager import reach
from voicegw.calls.ringing import close_elsewhere, close_failed
from voicegw.model.call import LegResult, LegRole
from voicegw.model.directory import Manager


async def ring_round(
    caller: CustomerSide,
    managers: Sequence[Manager],
    ring_s: float,
    on_missed: Callable[[str], None],
) -> CallLeg | LegFailure:
    """Ring `managers`, whose places the call has, and return the leg of whoever took the call.

    `on_missed` is called with each who can't or doesn't, as soon as that is known, and gives the
    place back. The telephones of the others are told that the call was completed elsewhere, and
    their places are given back. A LegFailure says why nobody took it. Raises what breaks into the
    call; then no telephone rings on, and places are left to whoever ends it.
    """
    call = caller.call
    failures: list[LegFailure] = []

    async def ring_one(manager: Manager) -> CallLeg | None:
        try:
            leg = await reach(caller, manager, ring_s, on_trial=True)
        except LegFailed as failed:
            failures.append(failed.failure)
            on_missed(manager.id)
            return None
        return leg

    before = len(call.legs)
    try:
        won = await first_of(call, [ring_one(manager) for manager in managers])
    except BaseException:
        for leg in call.legs[before:]:
            leg.release(q850=16)
        raise
    if won is not None:
        _end_others(caller, call.legs[before:], won)
        won.on_trial = False
        if won.ended is None:
            call.record.manager_id = won.record.manager_id
            return won
        hung_up = LegFailure(LegRole.MANAGER, LegResult.NOT_CONFIRMED)
        close_failed(call, won, hung_up)
        failures.append(hung_up)
        on_missed(won.record.manager_id or "")
    return most_telling(failures)


def _end_others(caller: CustomerSide, legs: Sequence[CallLeg], won: CallLeg) -> None:
    """End every telephone that rings, then let its manager be rung by others."""
    for leg in legs:
        if leg is not won and leg.record.ended_at is None:
            close_elsewhere(caller.call, leg)
            manager_id = leg.record.manager_id
            if manager_id is not None and manager_id != won.record.manager_id:
                caller.call.vacate(manager_id)
