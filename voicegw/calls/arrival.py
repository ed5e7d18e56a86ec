"""A leg that came in, whoever called: how it is described, answered, and told the last there is.

A caller may be told things before the leg is answered, in early media; whoever offered no
description can't be, and hears the network's own words instead.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from voicegw.calls.interruption import Interruption
from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.calls.speech import say
from voicegw.calls.terms import codecs_for, terms_for
from voicegw.model.event import EventType
from voicegw.sip.session_uas import UasSession
from voicegw.sip.trunk import TrunkSource


async def describe(call: LiveCall, session: UasSession, leg: CallLeg) -> str:
    """Return our description for `leg`, made once. Raises SdpError (answer 488)."""
    if leg.local_sdp is None:
        sound = await call.sound.session()
        offer = session.remote_sdp
        settings, source = call.parts.settings, session.source
        listed = source.trunk.codecs if isinstance(source, TrunkSource) else None
        terms = terms_for(settings, session.peer, codecs_for(settings, listed))
        leg.terms = terms
        if offer is None:
            leg.local_sdp = await sound.offer(leg.id, leg.role, terms)
        else:
            leg.local_sdp = await sound.answer(leg.id, leg.role, offer, terms)
    call.check()
    return leg.local_sdp


async def answer(call: LiveCall, session: UasSession, leg: CallLeg) -> bool:
    """Answer `leg`; False when it had been answered before. Raises SdpError."""
    if leg.answered:
        return False
    session.answer(await describe(call, session, leg))
    leg.mark_answered(call.parts.clock.now())
    call.save(EventType.LEG_ANSWERED, leg=leg.record)
    return True


async def hear_last(
    call: LiveCall, session: UasSession, leg: CallLeg, names: Sequence[str]
) -> None:
    """Say the last there is to say to `leg`, in early media where it isn't answered.

    Whoever hangs up on it has heard enough: the reason of the end stays the reason.
    """
    if not leg.answered and session.remote_sdp is None:
        return  # an offerless INVITE can't carry early media
    with contextlib.suppress(Interruption):
        if not leg.answered:
            session.ring(183, await describe(call, session, leg))
        await say(call, leg, names=tuple(names))
