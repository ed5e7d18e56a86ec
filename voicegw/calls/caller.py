"""The caller's side of a call that came in: what can be said to it, and when it is answered.

A caller may be told things before the leg is answered, in early media; whoever offered no
description can't be, and hears the network's own words instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from voicegw.calls.arrival import answer, describe, hear_last
from voicegw.calls.customer_side import CustomerSide
from voicegw.calls.ringing import answered
from voicegw.calls.speech import say
from voicegw.model.directory import HotlineAnswer
from voicegw.sip.session_uas import UasSession


@dataclass(frozen=True, slots=True)
class Caller(CustomerSide):
    """Who called: the leg, its session, and the hotline that was dialled."""

    session: UasSession = field(kw_only=True)

    async def welcome(self, *, to_manager: bool = True) -> None:
        """Answer at once, or ring, as the hotline wants.

        An answered caller who comes to a manager next (`to_manager`) is told so. Raises SdpError
        when nothing could be heard (answer 488): that must not ring anybody.
        """
        if self.hotline.answer is HotlineAnswer.AT_ONCE:
            await self.answer()
            if to_manager:
                await say(self.call, self.leg, names=("connecting_manager",))
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
