"""Ring one telephone: the routes in order, until it answers or nothing is left to try."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from voicegw.calls.interruption import LegFailed, LegFailure
from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.calls.negotiation import codecs_beside
from voicegw.calls.policy import may_ring
from voicegw.calls.ports import Route, Target
from voicegw.calls.redirect import Redirections
from voicegw.calls.terms import codecs_for, terms_for, terms_for_all
from voicegw.errors import InsecureSignallingError
from voicegw.identity import Presentation
from voicegw.media.engine import MediaTerms, SrtpPolicy
from voicegw.model.call import (
    CallStatus,
    HangupSource,
    LegResult,
    LegRole,
)
from voicegw.model.directory import Manager, Phone
from voicegw.model.event import EventType
from voicegw.sip.events import SessionListener
from voicegw.sip.fork import COMPLETED_ELSEWHERE, Fork
from voicegw.sip.session_uac import UacSession

_log = logging.getLogger(__name__)

_SILENT_ROUTE_S = 6.0
"""How long a way may give no sign of life while there is another. Timer B (RFC 3261 §17.1.1.2)
takes 32 s, longer than people let it ring."""
_NO_COMMON_SOUND = frozenset({488, 606})


async def ring(
    call: LiveCall,
    leg: CallLeg,
    target: Target,
    presentation: Presentation,
    *,
    ring_s: float,
    on_progress: Callable[[CallLeg], None] | None = None,
    has_alternative: bool = False,
) -> None:
    """Ring `leg` at `target` until it is answered and its sound is agreed.

    The contacts of a registered telephone are rung all at once. Of other routes the next is tried
    only when the one before failed without ringing anybody, or gave no sign of life; who redirects
    the call is followed on the same route (see :mod:`voicegw.calls.redirect`). `on_progress` is
    called, perhaps more than once, while the leg rings. With `has_alternative` there is another
    telephone to turn to, so the last route, too, must give a sign of life. Raises LegFailed when it
    was in vain (the leg is closed then), and the call's interruptions.
    """
    settings = call.parts.settings
    deadline = call.parts.clock.monotonic() + ring_s
    failure = LegFailure(leg.role, LegResult.UNREACHABLE)
    redirections = Redirections(target, settings.rules, settings.region)
    attempts = _attempts(target, call.parts.router.routes(target, presentation))
    while attempts:
        target, attempt = attempts.popleft()
        secure = [route for route in attempt if _is_secure(call, leg, route)]
        if not secure:
            failure = LegFailure(leg.role, LegResult.FAILED, q850=88)
        routes = _taken(call, secure, deadline)
        if not routes:
            continue
        leg.record.trunk = routes[0].name
        won = await _try(
            call,
            leg,
            routes,
            target,
            presentation,
            deadline=deadline,
            has_alternative=has_alternative or bool(attempts),
            on_progress=on_progress,
        )
        if won:
            return
        failure = _failure_of(leg)
        others = redirections.follow(leg.ended, target, attempt[0].serves)
        if others:
            attempts.extendleft((other, attempt) for other in reversed(others))
            _log.info("redirected", extra={"leg_id": leg.id, "trunk": routes[0].name})
            continue
        if leg.ended is None or leg.rang or not call.parts.router.may_fail_over(leg.ended):
            break
        _log.info("trying the next route", extra={"leg_id": leg.id, "trunk": routes[0].name})
    close_failed(call, leg, failure)
    raise LegFailed(failure)


async def _try(
    call: LiveCall,
    leg: CallLeg,
    routes: Sequence[Route],
    target: Target,
    presentation: Presentation,
    *,
    deadline: float,
    has_alternative: bool,
    on_progress: Callable[[CallLeg], None] | None,
) -> bool:
    """Ring over `routes`, whose places are taken, and wait for the answer.

    The places are kept until the call's end when it came, else given back.
    """
    won = False
    try:
        delay_s = max(route.delay_s for route in routes)
        if delay_s > 0:
            await call.pause(delay_s)
        offered = await _invite(call, leg, routes, target, presentation)
        if has_alternative:
            await _sign_of_life(call, leg, deadline)
        won = await _won(call, leg, deadline, on_progress)
        if not won and _wants_encryption(leg, offered):
            await _invite(call, leg, routes, target, presentation, encrypted=True)
            won = await _won(call, leg, deadline, on_progress)
    finally:
        if won:
            call.at_end(partial(_give_back, routes))
        else:
            _give_back(routes)
    return won


async def ring_manager(
    call: LiveCall,
    manager: Manager,
    presentation: Presentation,
    ring_s: float,
    *,
    on_progress: Callable[[CallLeg], None] | None = None,
    on_trial: bool = False,
) -> CallLeg:
    """Ring a manager's telephones in their order and return the leg that was answered.

    The next telephone is tried only when the one before could not be reached, or gave no sign of
    life: a manager who does not answer, is busy or declines has had the chance. One whose number
    must not be dialled is left out. `on_progress` as in :func:`ring`. With `on_trial` the flow goes
    on without a telephone that hangs up as soon as it has answered, and the leg comes back on
    trial. Raises LegFailed with the last failure.
    """

    failure = LegFailure(LegRole.MANAGER, LegResult.UNREACHABLE)
    phones = sorted(manager.phones, key=lambda one: one.order)
    for place, phone in enumerate(phones, 1):
        try:
            return await ring_telephone(
                call,
                manager,
                phone,
                presentation,
                ring_s,
                on_progress=on_progress,
                on_trial=on_trial,
                has_alternative=place < len(phones),
            )
        except LegFailed as failed:
            failure = failed.failure
            if failure.result not in (LegResult.UNREACHABLE, LegResult.INVALID):
                raise
    raise LegFailed(failure)


async def ring_telephone(
    call: LiveCall,
    manager: Manager,
    phone: Phone,
    presentation: Presentation,
    ring_s: float,
    *,
    on_progress: Callable[[CallLeg], None] | None = None,
    on_trial: bool = False,
    has_alternative: bool = False,
) -> CallLeg:
    """Ring one of a manager's telephones and return its leg, answered.

    One whose number must not be dialled is left out. Arguments as in :func:`ring_manager`. Raises
    LegFailed; the leg is closed then.
    """

    def progressed(leg: CallLeg) -> None:
        ringing(call)
        if on_progress is not None:
            on_progress(leg)

    leg = call.add_leg(LegRole.MANAGER, manager_id=manager.id, number=phone.number)
    leg.on_trial = on_trial
    if phone.number is not None and not may_ring(call.parts.settings.rules, phone.number):
        failure = LegFailure(LegRole.MANAGER, LegResult.INVALID)
        close_failed(call, leg, failure)
        _log.error(
            "a manager's telephone may not be called",
            extra={"leg_id": leg.id, "mend": "correct the number, or policy.allowed_prefixes"},
        )
        raise LegFailed(failure)
    await ring(
        call,
        leg,
        Target(phone.number, phone.aor, call.max_forwards),
        presentation,
        ring_s=ring_s,
        on_progress=progressed,
        has_alternative=has_alternative,
    )
    return leg


def ringing(call: LiveCall) -> None:
    """Note, once, that a telephone of this call rings."""
    if call.record.ringing_at is None:
        call.record.ringing_at = call.parts.clock.now()
        if call.record.answered_at is None:
            call.record.status = CallStatus.RINGING
        call.save(EventType.CALL_RINGING)


def answered(call: LiveCall, customer: CallLeg) -> None:
    """Note, once, that the customer's leg is answered."""
    if call.record.answered_at is None:
        call.record.answered_at = customer.record.answered_at
        call.record.status = CallStatus.IN_PROGRESS
        call.save(EventType.CALL_ANSWERED)


def _failure_of(leg: CallLeg) -> LegFailure:
    """Return why `leg` was not won; the status that ended an answered session tells of nothing."""
    ended = leg.ended
    if ended is None:
        return LegFailure(leg.role, leg.failure_result())
    status = None if ended.answered else ended.status
    return LegFailure(leg.role, leg.failure_result(), status, ended.q850)


def _is_secure(call: LiveCall, leg: CallLeg, route: Route) -> bool:
    """Whether a route may be used; tell of one that must not, and of the mend."""
    try:
        terms_for(call.parts.settings, route.peer, ())
    except InsecureSignallingError as error:
        _log.error(
            "route left out: its keys would travel in plain sight",
            extra={
                "leg_id": leg.id,
                "trunk": route.name,
                "transport": error.transport,
                "mend": 'give it transport=tls, or set media.srtp to "optional"',
            },
        )
        return False
    return True


def _attempts(target: Target, routes: Sequence[Route]) -> deque[tuple[Target, Sequence[Route]]]:
    """Return what is tried one after the other: a registered telephone's contacts are one try."""
    if target.aor is not None and routes:
        return deque([(target, routes)])
    return deque((target, [route]) for route in routes)


def _taken(call: LiveCall, routes: Sequence[Route], deadline: float) -> list[Route]:
    """Return those of `routes` that have a place, taken; none when their turn comes too late.

    Whoever was rung after the time to ring has passed would only see a call that was missed.
    """
    taken = [route for route in routes if route.take()]
    delay_s = max((route.delay_s for route in taken), default=0.0)
    if call.parts.clock.monotonic() + delay_s < deadline:
        return taken
    _give_back(taken)
    return []


def _give_back(routes: Sequence[Route]) -> None:
    for route in routes:
        route.give_back()


async def _invite(
    call: LiveCall,
    leg: CallLeg,
    routes: Sequence[Route],
    target: Target,
    presentation: Presentation,
    *,
    encrypted: bool = False,
) -> MediaTerms:
    """Send the INVITE and return the terms of its offer; `encrypted` leaves nothing else."""
    settings = call.parts.settings
    beside, other = codecs_beside(call, leg)
    codecs = codecs_for(settings, routes[0].codecs, beside=beside, other=other)
    terms = terms_for_all(settings, [route.peer for route in routes], codecs)
    if encrypted:
        terms = replace(terms, srtp=SrtpPolicy.REQUIRED)
    leg.terms = terms
    sound = await call.sound.session()
    offer = await sound.offer(leg.id, leg.role, terms)
    call.check()
    ways = [partial(route.prepare, target, presentation, offer) for route in routes]
    if len(ways) > 1:
        _invite_all(call, leg, ways)
        return terms
    session = ways[0](leg.on_session_event)
    leg.attach(session)
    # The journal first: a node that dies now can still end what it began.
    call.guard_session(leg, session)
    session.send()
    return terms


def _wants_encryption(leg: CallLeg, offered: MediaTerms) -> bool:
    """Whether a far end has refused keys beside plain sound: it may take encrypted sound alone."""
    return (
        offered.srtp is SrtpPolicy.OPTIONAL
        and leg.ended is not None
        and leg.ended.status in _NO_COMMON_SOUND
        and not leg.rang
    )


def _invite_all(
    call: LiveCall, leg: CallLeg, ways: Sequence[Callable[[SessionListener], UacSession]]
) -> None:
    """Ring several telephones at once, all with the same offer; the first answer is the leg's."""
    fork = Fork(
        leg.on_session_event,
        on_winner=leg.attach_winner,
        on_over=lambda session: call.session_over(leg, session),
    )
    leg.attach_fork(fork)
    for prepare in ways:
        session = fork.add(prepare)
        # The journal knows every branch before the first INVITE leaves.
        call.guard_session(leg, session, session.id)
    fork.send()


async def _sign_of_life(call: LiveCall, leg: CallLeg, deadline: float) -> None:
    """Wait until the far end shows that it is there; give the leg's session up when it does not."""
    if deadline - call.parts.clock.monotonic() <= _SILENT_ROUTE_S:
        return
    await call.until(lambda: not leg.unheard, _SILENT_ROUTE_S)
    if leg.unheard:
        leg.give_up()


async def _won(
    call: LiveCall,
    leg: CallLeg,
    deadline: float,
    on_progress: Callable[[CallLeg], None] | None,
) -> bool:
    """Wait for the answer; False when the leg ended or rang too long."""

    def look() -> str | None:
        if leg.rang and not leg.ringing_told:
            leg.ringing_told = True
            call.save(EventType.LEG_RINGING, leg=leg.record)
        if on_progress is not None and leg.rang:
            on_progress(leg)
        if leg.ended is not None:
            return "ended"
        if leg.answered and leg.described:
            return "answered"
        return None

    state = await call.until(look, max(0.0, deadline - call.parts.clock.monotonic()))
    if state == "answered":
        call.save(EventType.LEG_ANSWERED, leg=leg.record)
        return True
    return False


def close_elsewhere(call: LiveCall, leg: CallLeg) -> None:
    """End a leg because another was faster; its telephone shall not show a missed call."""
    leg.release(status=200, text=COMPLETED_ELSEWHERE)
    if leg.close(
        call.parts.clock.now(), LegResult.CANCELED, leg.ended_by() or HangupSource.GATEWAY
    ):
        call.save(EventType.LEG_ENDED, leg=leg.record)
    _free_sound(call, leg)


def close_failed(call: LiveCall, leg: CallLeg, failure: LegFailure) -> None:
    """End a leg that was not won and tell of it."""
    source = leg.ended_by(failure.result) or HangupSource.GATEWAY
    leg.release(q850=19 if failure.result is LegResult.NO_ANSWER else 16)
    if leg.close(call.parts.clock.now(), failure.result, source):
        call.save(EventType.LEG_ENDED, leg=leg.record)
    _free_sound(call, leg)


def _free_sound(call: LiveCall, leg: CallLeg) -> None:
    """Free the ports of a manager's telephone: a caller who waits may have many rung in vain.

    A customer's is kept: what its network has said is looked at when the call is over.
    """
    if leg.role is LegRole.MANAGER:
        call.sound.end_leg(leg)
