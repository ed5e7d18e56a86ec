"""The caller's side of a call that came in: what can be said to it, and when it is answered.

A caller may be told things before the leg is answered, in early media; whoever offered no
description can't be, and hears the network's own words instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from voicegw.calls.arrival import answer, describe, hear_last
from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.calls.speech import loop, say
from voicegw.calls.talk import answered
from voicegw.identity import Presentation, presentation
from voicegw.model.call import LegRole
from voicegw.model.directory import Hotline, HotlineAnswer
from voicegw.sip.session_uas import UasSession


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
            await describe(self.call, self.session, self.leg)
            self.session.ring(180)

    async def answer(self) -> None:
        """Answer the leg, if it isn't yet. Raises SdpError."""
        if await answer(self.call, self.session, self.leg):
            answered(self.call, self.leg)

    async def hear_last(self, *names: str) -> None:
        """Say the last there is to say, in early media where the leg isn't answered.

        Whoever hangs up on it has heard enough: the reason of the end stays the reason.
        """
        await hear_last(self.call, self.session, self.leg, names)

    def shown_to_manager(self) -> Presentation:
        """Return what a manager's telephone shows of this caller."""
        return presentation(
            LegRole.MANAGER,
            hotline=self.hotline.shown,
            customer_number=self.leg.record.number,
            show_customer_to_manager=self.call.parts.settings.show_customer_to_manager,
        )
