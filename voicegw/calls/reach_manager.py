"""Reach one manager for a caller: the telephones in order or at once, until a person has the call.

A person, where the hotline wants to be sure: who answers is asked for a key, because a mailbox
presses none. Where it wants that, too, the manager hears who calls before the two are connected.
Meanwhile the caller goes on hearing what was heard before.
"""

from __future__ import annotations

from collections.abc import Callable

from voicegw.calls.beside import first_of
from voicegw.calls.customer_side import CustomerSide
from voicegw.calls.interruption import LegFailed, LegFailure
from voicegw.calls.leg import CallLeg
from voicegw.calls.outcome import most_telling
from voicegw.calls.ringing import close_elsewhere, close_failed, ring_manager, ring_telephone
from voicegw.calls.speech import confirm, say
from voicegw.model.call import LegResult, LegRole
from voicegw.model.directory import Manager, Phone
from voicegw.model.routing import RingOrder

_LAST_DIGITS = 4
"""How many digits of the caller's number a manager hears."""


async def reach(
    caller: CustomerSide,
    manager: Manager,
    ring_s: float,
    *,
    on_trial: bool = False,
    on_progress: Callable[[CallLeg], None] | None = None,
) -> CallLeg:
    """Ring a manager, whose place is taken, until a person has taken the call.

    With `on_trial` the leg comes back on trial, and may have ended since. `on_progress` is called,
    perhaps more than once, while a telephone rings. Raises LegFailed, and what breaks into the
    call.
    """
    at_once = caller.hotline.routing.ring is RingOrder.AT_ONCE and len(manager.phones) > 1
    if at_once:
        leg = await _first_telephone(caller, manager, ring_s, on_progress)
        if not caller.hotline.confirm_manager:
            await _told(caller, leg)
    else:
        leg = await ring_manager(
            caller.call,
            manager,
            caller.shown_to_manager(),
            ring_s,
            on_progress=on_progress,
            on_trial=on_trial,
        )
        await _accepted(caller, leg)
    leg.on_trial = on_trial
    if leg.ended is not None and not on_trial:
        # Nobody was told: it was on trial when it hung up.
        raise LegFailed(_closed(caller, leg, LegResult.DECLINED))
    return leg


async def _first_telephone(
    caller: CustomerSide,
    manager: Manager,
    ring_s: float,
    on_progress: Callable[[CallLeg], None] | None,
) -> CallLeg:
    """Ring all telephones of a manager at once; the first that a person takes has the call.

    A mailbox that answers first is asked for the key while the others ring on. Whoever declines on
    one telephone has declined on all (RFC 3261 §16.7 step 5). Who cancels this ends the telephones:
    only there it is known what they are to be told.
    """
    call = caller.call
    failures: list[LegFailure] = []

    async def ring_one(phone: Phone) -> CallLeg | None:
        try:
            leg = await ring_telephone(
                call,
                manager,
                phone,
                caller.shown_to_manager(),
                ring_s,
                on_progress=on_progress,
                on_trial=True,
            )
            if caller.hotline.confirm_manager:
                await _accepted(caller, leg)
                leg.on_trial = True
        except LegFailed as failed:
            if failed.failure.result is LegResult.DECLINED:
                raise
            failures.append(failed.failure)
            return None
        return leg

    before = len(call.legs)
    try:
        won = await first_of(call, [ring_one(phone) for phone in manager.phones])
    except LegFailed:
        _end_others(caller, call.legs[before:], manager, None)
        raise
    _end_others(caller, call.legs[before:], manager, won)
    if won is None:
        raise LegFailed(most_telling(failures))
    return won


def _end_others(
    caller: CustomerSide, legs: list[CallLeg], manager: Manager, won: CallLeg | None
) -> None:
    for leg in legs:
        if leg is not won and leg.record.manager_id == manager.id and leg.record.ended_at is None:
            close_elsewhere(caller.call, leg)


async def _accepted(caller: CustomerSide, leg: CallLeg) -> None:
    """Have a person take the call, as the hotline wants it. Raises LegFailed; `leg` is closed."""
    if not caller.hotline.confirm_manager:
        await _told(caller, leg)
        return
    prompts = (*_who_calls(caller), "press_1_to_take")
    if not caller.hotline.routing.tell_manager:
        prompts = ("inbound_whisper",)
    if not await confirm(caller.call, leg, *prompts):
        raise LegFailed(_closed(caller, leg, LegResult.NOT_CONFIRMED))


async def _told(caller: CustomerSide, leg: CallLeg) -> None:
    """Tell a manager who calls, where wanted. Raises LegFailed for one who hangs up on it."""
    if not caller.hotline.routing.tell_manager:
        return
    leg.on_trial = True
    await say(caller.call, leg, names=_who_calls(caller))
    if leg.ended is not None:
        raise LegFailed(_closed(caller, leg, LegResult.DECLINED))
    leg.on_trial = False


def _who_calls(caller: CustomerSide) -> tuple[str, ...]:
    """Return what a manager hears of the caller: nothing of a number that was withheld."""
    customer = caller.customer
    number = caller.leg.record.number or ""
    return caller.call.parts.speaker.who_calls(
        None if customer is None else customer.class_,
        number[-_LAST_DIGITS:],
        known=customer is not None,
    )


def _closed(caller: CustomerSide, leg: CallLeg, result: LegResult) -> LegFailure:
    failure = LegFailure(LegRole.MANAGER, result)
    close_failed(caller.call, leg, failure)
    return failure
