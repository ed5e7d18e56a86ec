"""What the far ends of a call's legs describe, and what the gateway answers (RFC 3264).

A leg tells of descriptions as they come; each is a chore of the call's task
(:mod:`voicegw.calls.live_call`), so that two never change the sound at once.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import TYPE_CHECKING

from voicegw.calls.interruption import LegLost
from voicegw.calls.leg import CallLeg
from voicegw.calls.terms import terms_for
from voicegw.errors import SdpError
from voicegw.media.engine import MediaSession
from voicegw.model.call import LegRole
from voicegw.model.event import EventType

if TYPE_CHECKING:
    from voicegw.calls.live_call import LiveCall

_log = logging.getLogger(__name__)


async def take_description(call: LiveCall, leg: CallLeg, sdp: str, *, early: bool) -> None:
    """Take a leg's description; without a usable one in its answer the leg is over."""
    if not leg.alive:
        return
    sound = await call.sound.session()
    try:
        await sound.accept(leg.id, sdp)
    except SdpError as error:
        _unusable(leg, error)
        if not early:
            leg.release(q850=88)
            if leg.session is not None and not leg.session.is_caller:
                # The caller's answer to a late offer: the flow relies on this leg.
                call.interrupt(LegLost(leg.role, network=True, status=488, q850=88))
        return
    leg.described = True
    if not early:
        # Early media may be one-way: a telephone that only rings holds nobody.
        _follow_hold(call, leg, sound)
    await call.codec_match.tend()


async def answer_reoffer(call: LiveCall, leg: CallLeg, sdp: str | None) -> None:
    """Answer a leg's wish to change the session; None: it asks for an offer."""
    if leg.session is None or not leg.alive:
        return
    sound = await call.sound.session()
    try:
        codecs = call.codec_match.acceptable(leg, sound.codec(leg.id))
        terms = terms_for(call.parts.settings, leg.session.peer, codecs)
        if sdp is None:
            leg.session.answer_reoffer(await sound.reoffer(leg.id, terms))
        else:
            leg.session.answer_reoffer(await sound.answer(leg.id, leg.role, sdp, terms))
    except SdpError as error:
        _log.info("re-offer refused", extra={"leg_id": leg.id, "why": str(error)})
        leg.session.refuse_reoffer(488)
        return
    _follow_hold(call, leg, sound)
    await call.codec_match.tend()


async def settle_reoffer(call: LiveCall, leg: CallLeg, sdp: str | None) -> None:
    """Take the answer to our own re-offer; None: it was refused, all stays as it was."""
    leg.reoffering = False
    if not leg.alive:
        return
    sound = await call.sound.session()
    if sdp is not None:
        try:
            await sound.accept(leg.id, sdp)
            _follow_hold(call, leg, sound)
        except SdpError as error:
            _unusable(leg, error)
    await call.codec_match.tend()


async def take_refresh(call: LiveCall, leg: CallLeg, sdp: str) -> None:
    """Take the new answer to what was agreed before."""
    if not leg.alive:
        return
    sound = await call.sound.session()
    try:
        await sound.reoffer(leg.id)
        await sound.accept(leg.id, sdp)
    except SdpError as error:
        _unusable(leg, error)
        return
    _follow_hold(call, leg, sound)
    await call.codec_match.tend()


def codecs_beside(call: LiveCall, leg: CallLeg) -> tuple[str | None, Collection[str]]:
    """Return the codec of the leg that `leg` is to talk with, and all that it may have.

    As long as there is none, it may have what trunks list: that is how a customer is reached.
    """
    for other in call.legs:
        if other.role is not leg.role and other.alive and other.codecs:
            return call.sound.codec(other), other.codecs
    return None, call.parts.router.trunk_codecs()


def _follow_hold(call: LiveCall, leg: CallLeg, sound: MediaSession) -> None:
    held = sound.is_held(leg.id)
    if held == leg.held:
        return
    leg.held = held
    # Of three that talk, one of the manager's side who holds does not silence the others; nor does
    # one to whom nobody is connected just now. A hold that was marked ends wherever it does.
    if not held or leg.role is LegRole.CUSTOMER or leg in (call.pair or ()):
        call.sound.mark_hold(leg, on=held)
    other = call.other(leg)
    apart = call.midcall is not None and call.midcall.keeps_apart
    if call.bridged and other is not None and other.alive and not apart:
        call.sound.relay(leg, other)
    call.note_hold(EventType.CALL_HELD if held else EventType.CALL_UNHELD)


def _unusable(leg: CallLeg, error: SdpError) -> None:
    _log.info("unusable answer", extra={"leg_id": leg.id, "why": str(error)})
