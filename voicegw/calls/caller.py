"""The caller's side of a call that came in: what can be said to it, and when it is answered.

A caller may be told things before the leg is answered, in early media; whoever offered no
description can't be, and hears the network's own words instead.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from voicegw.calls.interruption import Interruption
from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.calls.speech import loop, say
from voicegw.calls.talk import answered
from voicegw.calls.terms import codecs_for, terms_for
from voicegw.identity import Presentation, presentation
from voicegw.model.call import LegRole
from voicegw.model.directory import Hotline, HotlineAnswer
from voicegw.model.event import EventType
from voicegw.sip.session_uas import UasSession
from voicegw.sip.trunk import TrunkSource


@dataclass(frozen=True, slots=True)
class Caller:
    """Who called: the leg, its session, and the hotline that was dialled."""

    call: LiveCall
    session: UasSession
    leg: CallLeg
    hotline: Hotline

    async def welcome(self) -> None:
        """Answer at once and say so, or ring, as the hotline wants.

        Raises SdpError when nothing could be heard (answer 488): that must not ring anybody.
        """
        if self.hotline.answer is HotlineAnswer.AT_ONCE:
            await self.answer()
            await say(self.call, self.leg, names=("connecting_manager",))
            loop(self.call, self.leg, "ringback_cn")
        else:
            await self._negotiate()
            self.session.ring(180)

    async def answer(self) -> None:
        """Answer the leg, if it isn't yet. Raises SdpError."""
        if self.leg.answered:
            return
        self.session.answer(await self._negotiate())
        self.leg.mark_answered(self.call.parts.clock.now())
        self.call.save(EventType.LEG_ANSWERED, leg=self.leg.record)
        answered(self.call, self.leg)

    async def hear_last(self, *names: str) -> None:
        """Say the last there is to say, in early media where the leg isn't answered.

        Whoever hangs up on it has heard enough: the reason of the end stays the reason.
        """
        if not self.leg.answered and self.session.remote_sdp is None:
            return  # an offerless INVITE can't carry early media
        with contextlib.suppress(Interruption):
            if not self.leg.answered:
                self.session.ring(183, await self._negotiate())
            await say(self.call, self.leg, names=names)

    def shown_to_manager(self) -> Presentation:
        """Return what a manager's telephone shows of this caller."""
        return presentation(
            LegRole.MANAGER,
            hotline=self.hotline.shown,
            customer_number=self.leg.record.number,
            show_customer_to_manager=self.call.parts.settings.show_customer_to_manager,
        )

    async def _negotiate(self) -> str:
        """Return our description for the caller, made once. Raises SdpError (answer 488)."""
        leg = self.leg
        if leg.local_sdp is None:
            sound = await self.call.sound.session()
            offer = self.session.remote_sdp
            settings, source = self.call.parts.settings, self.session.source
            listed = source.trunk.codecs if isinstance(source, TrunkSource) else None
            terms = terms_for(settings, self.session.peer, codecs_for(settings, listed))
            leg.terms = terms
            if offer is None:
                leg.local_sdp = await sound.offer(leg.id, LegRole.CUSTOMER, terms)
            else:
                leg.local_sdp = await sound.answer(leg.id, LegRole.CUSTOMER, offer, terms)
        self.call.check()
        return leg.local_sdp
